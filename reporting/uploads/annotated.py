"""An uploaded file back as a workbook, with what is wrong marked at its cells, to be mended and uploaded again.

Whatever came, an XLSX goes back. Its first sheet lists every finding and leads to the cells. Rows and findings
are read as two streams in the same order, so that memory stays the same however long the file is.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import IO, Any

from openpyxl.utils import get_column_letter

from portal.sheets import clean_text
from reporting.models import Upload, UploadFinding
from reporting.standards.values import Illegible
from reporting.standards.workbooks import ABOUT
from reporting.uploads.reading import sheets_in
from reporting.uploads.sheets import FOUND, Broken, Sheet
from reporting.uploads.writing import MarkedBook, Page

# A spreadsheet becomes slow with more, and each is held in memory until the file is written.
MOST_COMMENTS = 5_000
MOST_LINKS = 10_000
SEVERITIES = ("error", "question", "note")
LONGEST_NAME = 80  # of a sheet, as findings have it
COLUMNS = ("What", "Sheet", "Cell", "Row", "Column", "It says", "What is wrong", "How to mend it", "Return")
WIDTHS = (10, 22, 10, 8, 24, 24, 48, 48, 28)

HOW = (
    "Mend the marked cells in the sheets that follow, then upload this workbook again. Red is an error, which must be "
    "mended. Yellow is a question, which may be right as it is. Blue is something to know.",
    f"The first {MOST_COMMENTS:,} marked cells say in a comment what is wrong. This list names every finding that is "
    f"kept; the first {MOST_LINKS:,} lead to their cells.",
)


@dataclass
class _Book:
    """The workbook while it is written, and how much of what is limited has been used."""

    book: MarkedBook
    returns: dict[int, str]
    comments: int = 0
    titles: set[str] = field(default_factory=set)


def annotated(upload: Upload) -> IO[bytes]:
    """The workbook of an upload, in a temporary file that goes when it is closed. Raises `Unreadable`."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    try:
        returns = {found.pk: str(found) for found in upload.found.all()}
        with sheets_in(upload) as sheets:
            write_annotated(file, upload.standard, sheets, upload.findings.all(), returns)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def write_annotated(
    file: IO[bytes], version: str, sheets: Iterable[Sheet], findings: Any, returns: dict[int, str]
) -> None:
    """Write the workbook. `findings` is the queryset of the upload's findings, `returns` names its returns."""
    book = MarkedBook(file, FOUND)
    made = _Book(book, returns)
    _begin_list(book.first)
    names: list[str] = []
    for sheet in sheets:
        names.append(sheet.name[:LONGEST_NAME])
        _write_sheet(made, sheet, _by_row(findings.filter(sheet=names[-1], sheet_row__gt=0)))
    for finding in _placeless(findings, names):
        _list(made, finding, finding.sheet, "")
    about = book.page(ABOUT, is_hidden=True)
    about.begin([], 0)
    about.append(["standard", version])
    book.end_page(about)
    book.close()


def _begin_list(page: Page) -> None:
    page.begin(WIDTHS, frozen=len(HOW) + 2)
    page.append(["What was found in your file"], kind="bold")
    for line in HOW:
        page.append([line])
    page.append(COLUMNS, kind="bold")


def _by_row(findings: Any) -> Iterator[tuple[int, list[UploadFinding]]]:
    """The findings of one sheet, row by row."""
    ordered = findings.order_by("sheet_row", "pk").iterator(chunk_size=2000)
    return ((row, list(group)) for row, group in groupby(ordered, key=lambda finding: finding.sheet_row))


def _placeless(findings: Any, names: list[str]) -> Iterable[UploadFinding]:
    """What is of no row, or of a sheet that could not be read."""
    of_rows = findings.filter(sheet__in=names, sheet_row__gt=0)
    rest: Iterable[UploadFinding] = findings.exclude(pk__in=of_rows.order_by().values("pk")).order_by("pk")
    return rest


def _write_sheet(made: _Book, sheet: Sheet, marks: Iterator[tuple[int, list[UploadFinding]]]) -> None:
    """The rows as they were read, each in the row that it had."""
    page = made.book.page(_title(made, sheet.name))
    marked = next(marks, None)
    is_heading = True
    for number, cells in sheet.rows:
        row = [cells.text or cells.says] if isinstance(cells, Broken) else cells
        if is_heading:
            page.begin([max(12, min(40, len(str(text or "")) + 4)) for text in row], frozen=number)
        page.skip_to(number)
        found: list[UploadFinding] = []
        while marked and marked[0] <= number:
            found += marked[1]
            marked = next(marks, None)
        _write_row(made, page, row, found, kind="bold" if is_heading else "")
        is_heading = False
    if is_heading:
        page.begin([], 0)
    made.book.end_page(page)


def _title(made: _Book, name: str) -> str:
    """A name that a sheet may have, of its own."""
    stem = re.sub(r"[\[\]:*?/\\']+", " ", clean_text(name)).strip()[:28] or "Table"
    title, number = stem, 1
    while title.lower() in made.titles | {FOUND.lower(), ABOUT.lower()}:
        number += 1
        title = f"{stem} {number}"
    made.titles.add(title.lower())
    return title


def _write_row(made: _Book, page: Page, cells: Sequence[Any], found: list[UploadFinding], kind: str) -> None:
    """The row, with its findings at their cells. What is of no column stands at the first."""
    shown = [cell.text if isinstance(cell, Illegible) else cell for cell in cells]
    if not found:
        page.append(shown, kind=kind)
        return
    by_column: dict[int, list[UploadFinding]] = {}
    for finding in found:
        by_column.setdefault(finding.column_number or 1, []).append(finding)
    shown += [None] * (max(by_column) - len(shown))
    fills = {}
    row = page.row + 1
    for number, here in sorted(by_column.items()):
        fills[number - 1] = min((finding.severity for finding in here), key=SEVERITIES.index)
        place = f"{get_column_letter(number)}{row}"
        if made.comments < MOST_COMMENTS:
            made.comments += 1
            page.comments.append((place, "\n\n".join(map(_words, here))[:2000]))
        for finding in here:
            _list(made, finding, page.title, place)
    page.append(shown, fills, kind)


def _words(finding: UploadFinding) -> str:
    return f"{finding.says}. {finding.mend}" if finding.mend and finding.mend != finding.says else finding.says


def _list(made: _Book, finding: UploadFinding, sheet: str, cell: str) -> None:
    """One line of the first sheet, which leads to the cell."""
    page = made.book.first
    leads = bool(cell) and len(page.links) < MOST_LINKS
    line = [
        finding.severity.capitalize(),
        sheet,
        cell or None,
        finding.sheet_row or None,
        finding.column or None,
        finding.value or None,
        finding.says,
        finding.mend or None,
        made.returns.get(finding.found_id or 0),
    ]
    page.append(line, link=(2, f"'{sheet}'!{cell}") if leads else None)
