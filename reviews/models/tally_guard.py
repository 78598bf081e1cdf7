"""Marks of kept counts that may have changed: triggers on the table of reviews.

The database itself marks a body, in the transaction of the change, whichever of the many writers (forms, bulk acts,
adjustments, openings, a person with a console) made it: no writer can forget it. PostgreSQL adds one row a statement
and body and never looks whether a mark is there already: one that another transaction is just taking away would not
count. SQLite has a single writer, so there a mark that is there stands.

SQLite drops triggers whenever it rebuilds a table, so every later migration of the table of reviews calls
:func:`install_tally_guard` again; a test on the final schema proves that the triggers stand.
"""

TABLE = "reviews_review"
MARKS = "reviews_staletally"
# Everything that the part of a review in the present figures depends on.
WATCHED = (
    "campaign_id",
    "organisation_id",
    "kind",
    "removed",
    "status",
    "counted",
    "eligible",
    "decider_unknown",
    "within",
    "conclusion",
    "annual_dossiers",
)
VERBS = ("insert", "update", "delete")


def trigger_names() -> set[str]:
    """The triggers that must stand."""
    return {f"{TABLE}_stale_{verb}" for verb in VERBS}


def _facts(alias: str) -> str:
    return ", ".join(f"{alias}.{column}" for column in WATCHED)


def _sqlite() -> list[str]:
    def mark(row: str) -> str:
        body = f"campaign_id = {row}.campaign_id AND organisation_id = {row}.organisation_id"
        there = f"SELECT 1 FROM {MARKS} WHERE {body}"  # noqa: S608  our own names
        columns = f"{row}.campaign_id, {row}.organisation_id"
        return f"INSERT INTO {MARKS} (campaign_id, organisation_id) SELECT {columns} WHERE NOT EXISTS ({there});"  # noqa: S608

    new, old = mark("NEW"), mark("OLD")
    watched, changed = ", ".join(WATCHED), f"({_facts('OLD')}) IS NOT ({_facts('NEW')})"
    create = f"CREATE TRIGGER IF NOT EXISTS {TABLE}_stale"
    return [
        f"{create}_insert AFTER INSERT ON {TABLE} BEGIN {new} END",
        f"{create}_update AFTER UPDATE OF {watched} ON {TABLE} WHEN {changed} BEGIN {old} {new} END",
        f"{create}_delete AFTER DELETE ON {TABLE} BEGIN {old} END",
    ]


# What each statement changed, and the bodies it concerns: before and after it, should a review ever change hands.
_CHANGED = {
    "insert": ("NEW TABLE AS new_rows", "SELECT DISTINCT campaign_id, organisation_id FROM new_rows"),
    "delete": ("OLD TABLE AS old_rows", "SELECT DISTINCT campaign_id, organisation_id FROM old_rows"),
    "update": (
        "OLD TABLE AS old_rows NEW TABLE AS new_rows",
        f"""
        SELECT DISTINCT either.campaign_id, either.organisation_id FROM old_rows o JOIN new_rows n ON n.id = o.id
        CROSS JOIN LATERAL (VALUES (o.campaign_id, o.organisation_id), (n.campaign_id, n.organisation_id))
        AS either (campaign_id, organisation_id) WHERE ({_facts("o")}) IS DISTINCT FROM ({_facts("n")})
        """,  # noqa: S608
    ),
}


def _postgresql() -> list[str]:
    statements = []
    for verb, (tables, bodies) in _CHANGED.items():
        name = f"{TABLE}_stale_{verb}"
        insert = f"INSERT INTO {MARKS} (campaign_id, organisation_id) {bodies}"  # noqa: S608
        body = f"BEGIN {insert}; RETURN NULL; END"
        create = f"CREATE TRIGGER {name} AFTER {verb} ON {TABLE} REFERENCING {tables}"
        statements += [
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$",
            f"DROP TRIGGER IF EXISTS {name} ON {TABLE}",
            f"{create} FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
        ]
    return statements


def install_tally_guard(connection) -> None:
    """Make the database mark the bodies whose figures a change moves; safe to call any number of times."""
    statements = {"sqlite": _sqlite, "postgresql": _postgresql}[connection.vendor]()
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def lift_tally_guard(connection) -> None:
    """Take the triggers away, for going back behind the migration that brought them."""
    on_table = f" ON {TABLE}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for name in sorted(trigger_names()):
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on_table}")
            if connection.vendor == "postgresql":
                cursor.execute(f"DROP FUNCTION IF EXISTS {name}()")
