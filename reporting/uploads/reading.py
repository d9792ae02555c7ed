"""Opening a file of any format that is taken, from where it is stored."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from reporting import standards
from reporting.choices import FileFormat
from reporting.models import Upload
from reporting.uploads.objects import JsonFile, sheets_of
from reporting.uploads.ods import Spreadsheet
from reporting.uploads.portal import Portal
from reporting.uploads.sheets import Beat, Sheet, Source, Unreadable, no_beat
from reporting.uploads.tables import CsvFile, ZipOfCsv
from reporting.uploads.xlsx import Workbook

AnySource = Source | JsonFile


def open_source(file: IO[bytes], format_: str, name: str, beat: Beat = no_beat) -> AnySource:
    """Raises `Unreadable`. `beat` is called for every piece that is read; JSON says itself how far it is."""
    match format_:
        case FileFormat.XLSX:
            return Workbook(file, beat)
        case FileFormat.ODS:
            return Spreadsheet(file, beat)
        case FileFormat.CSV:
            return CsvFile(file, name, beat)
        case FileFormat.ZIP:
            return ZipOfCsv(file, beat)
    return JsonFile(file, is_lines=format_ == FileFormat.JSONL)


def check_version(version: str | None) -> None:
    if version is not None and version not in standards.versions():
        raise Unreadable(
            f"The file was made from version {version[:20]} of the standard, which we do not know. "
            "Download the template again and fill that in."
        )


@contextmanager
def sheets_in(upload: Upload) -> Iterator[Iterator[Sheet]]:
    """The sheets of a stored file, as its findings name them: JSON as a sheet for each table."""
    if upload.file is None:
        raise Unreadable("The file was dropped.")
    with upload.file.content.open("rb") as file:
        source = open_source(file, upload.format, upload.name)
        if isinstance(source, JsonFile):
            yield sheets_of(source, Portal(upload.supplier, upload.standard).wide)
        else:
            yield source.sheets()
