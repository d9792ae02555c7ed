"""Copying the lines of returns within the database, however many they are."""

from __future__ import annotations

from django.db import connection

from reporting.models import FoundReturn, FoundRow, Return, ReturnLine

_LINES, _ROWS = ReturnLine._meta.db_table, FoundRow._meta.db_table
_INTO = f'INSERT INTO "{_LINES}" (supplier_id, filed_id, "table", number, data) SELECT %s, %s, "table", number, data'


def copy_lines(source: Return, to: Return) -> None:
    """Give a return the lines of another."""
    with connection.cursor() as cursor:
        cursor.execute(f'{_INTO} FROM "{_LINES}" WHERE filed_id = %s', [to.supplier_id, to.pk, source.pk])


def copy_found_rows(found: FoundReturn, filed: Return) -> None:
    """Put the rows of a file in place of the return's own, in the tables that the file has."""
    filed.lines.filter(table__in=found.tables).delete()
    with connection.cursor() as cursor:
        cursor.execute(f'{_INTO} FROM "{_ROWS}" WHERE found_id = %s', [filed.supplier_id, filed.pk, found.pk])
