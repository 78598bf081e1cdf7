"""The form that settles groups of procedures: an answer a group, and one for all groups left without."""

from django import forms

from procedures.grouping import JOIN, Group
from procedures.models import Procedure

SKIP = [("", "Chưa chọn")]


class GroupAnswers(forms.Form):
    """One row a group: level, legal ground, and how many procedures the page said it holds.

    ``labels`` are the names of the levels by code. A group that has changed since the page was made is looked at
    again before it is settled.
    """

    rest_level = forms.ChoiceField(label="Cấp có thẩm quyền của mọi nhóm còn để trống", required=False)
    rest_ground = forms.CharField(label="Căn cứ pháp lý của các nhóm đó", required=False, max_length=2_000)

    def __init__(self, data=None, *, groups: list[Group], labels: dict[str, str]):
        super().__init__(data)
        self.groups, self.labels = groups, labels
        levels = list(labels.items())
        self.fields["rest_level"].choices = [("", "Không áp dụng"), *levels]
        for number, group in enumerate(groups):
            name = ", ".join(group.wordings) or group.sector
            self.fields[f"level-{number}"] = forms.ChoiceField(
                label=f"Cấp có thẩm quyền: {name[:120]}",
                required=False,
                choices=[*SKIP, *_suggestions(group, labels), ("Mọi cấp", levels)],
                error_messages={"invalid_choice": "Chọn một cấp trong danh sách."},
            )
            self.fields[f"ground-{number}"] = forms.CharField(
                label=f"Căn cứ pháp lý: {name[:120]}", required=False, max_length=2_000
            )
            self.fields[f"key-{number}"] = forms.CharField(required=False)
            self.fields[f"size-{number}"] = forms.CharField(required=False)

    def rows(self):
        """(group, level field, ground field, its number, suggested levels in words) as the page shows them."""
        return [
            (
                group,
                self[f"level-{number}"],
                self[f"ground-{number}"],
                number,
                "; ".join(self.labels[code] for code in group.suggested),
            )
            for number, group in enumerate(self.groups)
        ]

    def clean(self):
        """The groups answered are those the page showed."""
        cleaned = super().clean()
        for number, group in enumerate(self.groups):
            shown = (cleaned.get(f"key-{number}"), cleaned.get(f"size-{number}"))
            if self._answer(number)[0] and shown != (group.key, str(len(group.procedures))):
                raise forms.ValidationError(
                    "Danh sách chưa xác định đã thay đổi từ lúc mở trang. Xem lại các nhóm rồi ghi lần nữa."
                )
        return cleaned

    def answers(self) -> list[tuple[list[Procedure], list[dict]]]:
        """(procedures, decider rows) of every group answered, as the action takes them."""
        found = []
        for number, group in enumerate(self.groups):
            level, ground = self._answer(number)
            if level:
                rows = [{"level": code, "legal_ground": ground} for code in level.split(JOIN)]
                found.append((group.procedures, rows))
        return found

    def _answer(self, number: int) -> tuple[str, str]:
        """The level and legal ground of a group: its own answer, else the one for all the rest."""
        cleaned = self.cleaned_data
        own = cleaned.get(f"level-{number}")
        ground = cleaned.get(f"ground-{number}")
        if own:
            return own, ground or ""
        return cleaned.get("rest_level") or "", ground or cleaned.get("rest_ground") or ""


def _suggestions(group: Group, labels: dict[str, str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """The levels that the wordings of a group suggest, each alone and all together; never chosen beforehand."""
    found = [(code, labels[code]) for code in group.suggested]
    if len(found) > 1:
        found.append((JOIN.join(group.suggested), "Cùng quyết định: " + "; ".join(label for _, label in found)))
    return [("Gợi ý từ cơ quan thực hiện", found)] if found else []
