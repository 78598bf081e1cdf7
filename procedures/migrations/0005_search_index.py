from django.db import ProgrammingError, migrations, transaction

INDEX = "procedure_search_text"


def add(apps, schema_editor):
    """On PostgreSQL, an index of the groups of three letters: a word within a text is found without reading every text.

    The extension comes with the server's usual packages and may be added by the owner of the database. Where it is
    missing or not permitted the search reads every text, as on SQLite, and finds the same.
    """
    connection = schema_editor.connection
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'")
        if not cursor.fetchone():
            return
        try:
            with transaction.atomic(using=connection.alias):
                cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        except ProgrammingError:
            return
        cursor.execute(
            f"CREATE INDEX IF NOT EXISTS {INDEX} ON procedures_procedure USING gin (search_text gin_trgm_ops)"
        )


def remove(apps, schema_editor):
    """The index goes; the extension may serve others and stays."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP INDEX IF EXISTS {INDEX}")


class Migration(migrations.Migration):
    dependencies = [("procedures", "0004_matchings")]

    operations = [migrations.RunPython(add, remove)]
