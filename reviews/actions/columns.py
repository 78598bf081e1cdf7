"""Writing a few columns of many rows, each row its own values, by the shortest way the database has for it."""

from collections.abc import Iterable

from django.db import connection, models

# Rows a statement; PostgreSQL gets each column as one array, so the number of parameters does not grow with it.
PIECE = 5_000


def write_columns(rows: Iterable[models.Model], fields: Iterable[str]) -> None:
    """Store ``fields`` of ``rows`` of one model as they stand on the instances; no other column is touched.

    The same as ``bulk_update``, whose CASE grows with the square of the rows. Values only, no expressions.
    """
    rows = list(rows)
    if not rows:
        return
    model = type(rows[0])
    columns = [model._meta.get_field(name) for name in fields]
    values = [[_value(field, row) for row in rows] for field in (*columns, model._meta.pk)]
    write = _by_arrays if connection.vendor == "postgresql" else _row_by_row
    for start in range(0, len(rows), PIECE):
        write(model, columns, [column[start : start + PIECE] for column in values])


def _value(field: models.Field, row: models.Model):
    """What the database stores of a field."""
    return field.get_db_prep_save(getattr(row, field.attname), connection)


def _row_by_row(model, columns, values) -> None:
    """One statement prepared once and run for every row: within SQLite's process nothing is faster."""
    quote = connection.ops.quote_name
    sets = ", ".join(f"{quote(field.column)} = %s" for field in columns)
    table, key = quote(model._meta.db_table), quote(model._meta.pk.column)
    statement = f"UPDATE {table} SET {sets} WHERE {key} = %s"  # noqa: S608  names of our own columns
    with connection.cursor() as cursor:
        cursor.executemany(statement, list(zip(*values, strict=True)))


def _by_arrays(model, columns, values) -> None:
    """One UPDATE from a list of rows."""
    quote = connection.ops.quote_name
    pk = model._meta.pk
    names = [f"column_{place}" for place in range(len(columns))]
    sets = ", ".join(f"{quote(field.column)} = fresh.{name}" for field, name in zip(columns, names, strict=True))
    arrays = ", ".join(f"%s::{_type(field)}[]" for field in (*columns, pk))
    table, key, fresh = quote(model._meta.db_table), quote(pk.column), ", ".join([*names, "key"])
    rows = f"unnest({arrays}) AS fresh ({fresh})"
    statement = f"UPDATE {table} AS stored SET {sets} FROM {rows} WHERE stored.{key} = fresh.key"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def _type(field: models.Field) -> str:
    """The type of a column for a value on its way; text without a length, for a cast would cut what is too long."""
    found = field.cast_db_type(connection)
    return "text" if found.startswith("varchar") else found
