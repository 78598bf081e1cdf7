"""The database's own refusal to change the past: triggers on the table of events.

SQLite drops triggers whenever it rebuilds a table, so every later migration of that table calls
:func:`install_event_guard` again; a test on the final schema proves that the guard stands.
"""

TABLE = "reviews_reviewevent"
MESSAGE = "Lịch sử phiếu rà soát không được sửa hoặc xóa."

_SQLITE = [
    f"CREATE TRIGGER IF NOT EXISTS {TABLE}_no_{verb} BEFORE {verb} ON {TABLE} "
    f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
    for verb in ("update", "delete")
]
_POSTGRESQL = [
    f"""
    CREATE OR REPLACE FUNCTION {TABLE}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation'; END $$
    """,
    f"DROP TRIGGER IF EXISTS {TABLE}_no_change ON {TABLE}",
    f"""
    CREATE TRIGGER {TABLE}_no_change BEFORE UPDATE OR DELETE ON {TABLE}
    FOR EACH ROW EXECUTE FUNCTION {TABLE}_refuse()
    """,
    f"DROP TRIGGER IF EXISTS {TABLE}_no_truncate ON {TABLE}",
    f"""
    CREATE TRIGGER {TABLE}_no_truncate BEFORE TRUNCATE ON {TABLE}
    FOR EACH STATEMENT EXECUTE FUNCTION {TABLE}_refuse()
    """,
]


def install_event_guard(connection) -> None:
    """Make the database refuse UPDATE and DELETE (and TRUNCATE) of events; safe to call any number of times."""
    statements = {"sqlite": _SQLITE, "postgresql": _POSTGRESQL}[connection.vendor]
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def lift_event_guard(connection) -> None:
    """Take the guard away. Only for emptying a test database; the portal itself never calls it."""
    names = {"sqlite": ("update", "delete"), "postgresql": ("change", "truncate")}[connection.vendor]
    on_table = f" ON {TABLE}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute(f"DROP TRIGGER IF EXISTS {TABLE}_no_{name}{on_table}")
