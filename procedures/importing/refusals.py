"""Why a file cannot be read as a catalogue, and what of it is known all the same."""


class ImportFileError(Exception):
    """The file cannot be read as a catalogue; the message is one Vietnamese sentence: file, what, remedy.

    What a person can still decide travels with it. ``mappable``: labels of columns not recognised, one of which may be
    the one that lacks; ``sheets``: names of the sheets to choose from. ``recognised``: how many columns were.
    The other attributes are those of a SheetTable.
    """

    def __init__(self, message: str, recognised: int = 0, *, mappable: list[str] = (), sheets: list[str] = ()):
        super().__init__(message)
        self.recognised = recognised
        self.mappable = list(mappable)
        self.sheets = list(sheets)
        self.kind = "catalogue"
        self.sheet = ""
        self.header_row = 0
        self.labels: list[str] = []
        self.columns: dict[str, tuple[int, str]] = {}
        self.mapping: dict[str, str] = {}
        self.remembered = False

    @property
    def unknown_columns(self) -> list[str]:
        """The labels that no field answers to."""
        return self.mappable
