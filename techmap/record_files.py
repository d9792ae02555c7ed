"""The files that are made of a decision record. The same record gives the same bytes each time."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from portal.sheets import BOM, XLSX, csv_lines, file_name, write_xlsx
from techmap.models import Shortlist
from techmap.record import Facts, read

COLUMNS = [
    "Position", "Supplier", "Identifiers", "Why found", "Added later", "Decision", "Reason", "Decided by",
    "Decided at (UTC)", "Notes", "Shortlist", "Public body", "Search", "Data version", "Drawn at (UTC)",
    "Outcome", "Reason for the outcome", "Locked by", "Locked at (UTC)", "SHA-256 of the record",
    "Notes on the list",
]  # fmt: skip
ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the first that a ZIP file can hold
CORE = "docProps/core.xml"  # where a workbook says when it was made and changed
WHEN_MADE = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")


@dataclass(frozen=True)
class Format:
    """One kind of file, how it is named, and how it is made."""

    label: str
    extension: str
    media_type: str
    make: Callable[[Shortlist], bytes]


def as_json(shortlist: Shortlist) -> bytes:
    """The record itself, byte for byte what was hashed."""
    read(shortlist)
    return shortlist.record.encode()


def as_csv(shortlist: Shortlist) -> bytes:
    """A line for each supplier."""
    return (BOM + "".join(csv_lines(COLUMNS, rows_of(shortlist)))).encode()


def as_xlsx(shortlist: Shortlist) -> bytes:
    """A row for each supplier, in a workbook without the times at which it was written."""
    made = io.BytesIO()
    write_xlsx(made, "Decision record", COLUMNS, rows_of(shortlist))
    locked_at = read(shortlist)["locked"]["at"].encode()
    return _timeless(made, locked_at)


FORMATS = {
    "json": Format("The record itself (JSON)", "json", "application/json", as_json),
    "csv": Format("Table (CSV)", "csv", "text/csv; charset=utf-8", as_csv),
    "xlsx": Format("Workbook (XLSX)", "xlsx", XLSX, as_xlsx),
}


def name_of(shortlist: Shortlist, made: Format) -> str:
    return file_name(f"decision record {shortlist.title}", made.extension)


def rows_of(shortlist: Shortlist) -> list[list[Any]]:
    """One row a supplier. What holds for all of them stands in each, so that a row cut out still says it."""
    record = read(shortlist)
    notes: dict[int | None, list[str]] = {}
    for note in record["notes"]:
        notes.setdefault(note["about_position"], []).append(f"{note['by']}, {note['at']}: {note['text']}")
    shared = [*_shared(record, shortlist.record_hash), "\n".join(notes.get(None, []))]
    return [
        [*_about(supplier), "\n".join(notes.get(supplier["position"], [])), *shared] for supplier in record["suppliers"]
    ]


def _about(supplier: Facts) -> list[Any]:
    decided, added = supplier["decided"] or {}, supplier["added"] or {}
    return [
        supplier["position"],
        supplier["name"],
        ", ".join(f"{item['scheme']} {item['value']}" for item in supplier["identifiers"]),
        supplier["why_found"],
        f"{added['by']}, {added['at']}" if added else "",
        supplier["decision"],
        supplier["reason"],
        decided.get("by", ""),
        decided.get("at", ""),
    ]


def _shared(record: Facts, record_hash: str) -> list[Any]:
    search, outcome, locked = record["search"], record["outcome"], record["locked"]
    return [
        record["title"],
        record["organisation"]["name"],
        search["words"],
        search["data_version"],
        search["drawn_at"],
        outcome["words"],
        outcome["reason"],
        locked["by"],
        locked["at"],
        record_hash,
    ]


def _timeless(workbook: io.BytesIO, at: bytes) -> bytes:
    """The workbook again, without compression and clock: both would differ from machine to machine."""
    again = io.BytesIO()
    with zipfile.ZipFile(workbook) as old, zipfile.ZipFile(again, "w", zipfile.ZIP_STORED) as new:
        for part in sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            content = old.read(part)
            if part == CORE:
                content = WHEN_MADE.sub(rb"\g<1>" + at, content)
            new.writestr(zipfile.ZipInfo(part, ZIP_TIME), content)
    return again.getvalue()
