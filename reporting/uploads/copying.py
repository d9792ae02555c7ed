"""Writing many rows at once: COPY, in pieces, so that memory stays the same."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any

from django.db import connection

from portal.sheets import clean_text
from reporting.models import FoundRow, Upload, UploadFinding
from reporting.standards.values import Value
from reporting.uploads.layout import Layout

MOST_FINDINGS = 100_000  # that are kept of one file, each at its cell; the rest are only counted
PIECE = 4_000  # rows
_ROWS = f'COPY "{FoundRow._meta.db_table}" ("found_id", "table", "number", "sheet_row", "data") FROM STDIN'
_FINDING_COLUMNS = (
    "upload_id", "found_id", "check_id", "severity", "sheet", "sheet_row", "column", "column_number", "table", "row",
    "field", "value", "says", "mend",
)  # fmt: skip
_FINDINGS = 'COPY "{}" ({}) FROM STDIN'.format(
    UploadFinding._meta.db_table, ", ".join(f'"{name}"' for name in _FINDING_COLUMNS)
)
_AS_JSON: dict[type, Any] = {
    str: encode_basestring,
    Decimal: lambda value: f'"{value:f}"' if "E" in (text := str(value)) else f'"{text}"',
    date: lambda value: f'"{value.isoformat()}"',
    bool: lambda value: "true" if value else "false",
    int: str,
}


def json_of(values: Mapping[str, Value]) -> str:
    """As `json.dumps` of every value's `as_json` would have it, in half the time. Empty values are left out."""
    parts = [f'"{name}": {_AS_JSON[type(value)](value)}' for name, value in values.items() if value is not None]
    return "{" + ", ".join(parts) + "}"


class RowCopier:
    """Gathers rows that were read and writes them when there are enough."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def add(self, found: int, table: str, number: int, sheet_row: int, values: Mapping[str, Value]) -> None:
        # Line ends and tabs are escaped by JSON; only its backslashes mean something to COPY.
        data = json_of(values)
        if "\\" in data:
            data = data.replace("\\", "\\\\")
        self._lines.append(f"{found}\t{table}\t{number}\t{sheet_row}\t{data}\n")

    @property
    def is_full(self) -> bool:
        return len(self._lines) >= PIECE

    def flush(self) -> None:
        if self._lines:
            with connection.cursor() as cursor, cursor.copy(_ROWS) as copy:
                copy.write("".join(self._lines))
            self._lines.clear()


class FindingCopier:
    """The same for what was found. Counts everything; keeps what the limit allows."""

    def __init__(self, upload: Upload) -> None:
        self._upload = upload.pk
        self._rows: list[tuple[Any, ...]] = []
        self.errors = self.questions = self.kept = 0

    def add(
        self, found: int | None, check: str, severity: str, sheet: str, sheet_row: int, heading: tuple[str, int | None],
        says: str, mend: str, *, table: str = "", row: int = 0, field: str = "", value: Any = "",
    ) -> None:  # fmt: skip
        self.errors += severity == "error"
        self.questions += severity == "question"
        if self.kept >= MOST_FINDINGS:
            return
        self.kept += 1
        column, place = heading
        self._rows.append((
            self._upload, found, check[:60], severity, clean_text(sheet)[:80], sheet_row, clean_text(column)[:80],
            place, table, row, field, "" if value is None else clean_text(value)[:200], clean_text(says)[:500],
            clean_text(mend)[:500],
        ))  # fmt: skip

    def add_heading_faults(self, layout: Layout) -> None:
        for fault in layout.faults:
            self.add(
                None, fault.check, fault.severity, layout.sheet, layout.row, (fault.heading, fault.place),
                fault.says, fault.mend, table=layout.table.name,
            )  # fmt: skip

    @property
    def is_full(self) -> bool:
        return len(self._rows) >= PIECE

    def flush(self) -> None:
        if self._rows:
            with connection.cursor() as cursor, cursor.copy(_FINDINGS) as copy:
                for row in self._rows:
                    copy.write_row(row)
            self._rows.clear()
