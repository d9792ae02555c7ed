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

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.hyperlink import Hyperlink

from portal.sheets import clean_text, sheet_cell, text_cell
from reporting.models import Upload, UploadFinding
from reporting.standards.values import Illegible
from reporting.standards.workbooks import ABOUT
from reporting.uploads.reading import sheets_in
from reporting.uploads.sheets import FOUND, Broken, Sheet

# A spreadsheet becomes slow with more, and each is held in memory until the file is written.
MOST_COMMENTS = 5_000
MOST_LINKS = 10_000
MOST_BLANK = 1_000  # rows left empty one after the other, so that rows keep their numbers
SEVERITIES = ("error", "question", "note")
FILLS = {
    severity: PatternFill("solid", start_color=colour)
    for severity, colour in zip(SEVERITIES, ("FFF4B6B0", "FFFFE8A3", "FFD2E2F1"), strict=True)
}
LONGEST_NAME = 80  # of a sheet, as findings have it
BOLD, LINK = Font(bold=True), Font(color="FF1D57A5", underline="single")
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

    book: Workbook
    list: Any
    comments: int = 0
    links: int = 0
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
    book = Workbook(write_only=True)
    made = _Book(book, book.create_sheet(FOUND))
    _begin_list(made)
    names: list[str] = []
    for sheet in sheets:
        names.append(sheet.name[:LONGEST_NAME])
        _write_sheet(made, sheet, _by_row(findings.filter(sheet=names[-1], sheet_row__gt=0)), returns)
    for finding in _placeless(findings, names):
        _list(made, finding, finding.sheet, "", returns)
    about = book.create_sheet(ABOUT)
    about.append(["standard", version])
    about.sheet_state = "hidden"
    book.save(file)


def _begin_list(made: _Book) -> None:
    for number, width in enumerate(WIDTHS, start=1):
        made.list.column_dimensions[get_column_letter(number)].width = width
    made.list.freeze_panes = "A5"
    made.list.append([_bold(made.list, "What was found in your file")])
    for line in HOW:
        made.list.append([line])
    made.list.append([_bold(made.list, column) for column in COLUMNS])


def _bold(sheet: Any, text: Any) -> Any:
    cell = text_cell(sheet, clean_text("" if text is None else text))
    cell.font = BOLD
    return cell


def _by_row(findings: Any) -> Iterator[tuple[int, list[UploadFinding]]]:
    """The findings of one sheet, row by row."""
    ordered = findings.order_by("sheet_row", "pk").iterator(chunk_size=2000)
    return ((row, list(group)) for row, group in groupby(ordered, key=lambda finding: finding.sheet_row))


def _placeless(findings: Any, names: list[str]) -> Iterable[UploadFinding]:
    """What is of no row, or of a sheet that could not be read."""
    of_rows = findings.filter(sheet__in=names, sheet_row__gt=0)
    rest: Iterable[UploadFinding] = findings.exclude(pk__in=of_rows.order_by().values("pk")).order_by("pk")
    return rest


def _write_sheet(made: _Book, sheet: Sheet, marks: Iterator[tuple[int, list[UploadFinding]]], returns: Any) -> None:
    """The rows as they were read, each in the row that it had."""
    page = made.book.create_sheet(_title(made, sheet.name))
    here, marked = 0, next(marks, None)
    for number, cells in sheet.rows:
        row = [cells.text or cells.says] if isinstance(cells, Broken) else cells
        if not here:
            _set_up(page, number, row)
        for _ in range(min(max(number - here - 1, 0), MOST_BLANK)):
            page.append([])
            here += 1
        found: list[UploadFinding] = []
        while marked and marked[0] <= number:
            found += marked[1]
            marked = next(marks, None)
        shown = [_plain(page, cell) for cell in row]
        if not here:
            shown = [_bold(page, cell) for cell in row]
        here += 1
        page.append(_marked(made, page, here, shown, found, returns) if found else shown)


def _set_up(page: Any, number: int, heading: Sequence[Any]) -> None:
    page.freeze_panes = f"A{number + 1}"
    for place, text in enumerate(heading, start=1):
        page.column_dimensions[get_column_letter(place)].width = max(12, min(40, len(str(text or "")) + 4))


def _title(made: _Book, name: str) -> str:
    """A name that a sheet may have, of its own."""
    stem = re.sub(r"[\[\]:*?/\\']+", " ", clean_text(name)).strip()[:28] or "Table"
    title, number = stem, 1
    while title.lower() in made.titles | {FOUND.lower(), ABOUT.lower()}:
        number += 1
        title = f"{stem} {number}"
    made.titles.add(title.lower())
    return title


_PLAIN = re.compile(r"[A-Za-z0-9£][^\x00-\x1f\ud800-\udfff\ufffe\uffff]{0,1000}")


def _plain(page: Any, value: Any) -> Any:
    """A cell of a row that is right. Most texts need no looking at; the others are typed as text."""
    if value is None or (type(value) is str and _PLAIN.fullmatch(value)):
        return value
    return sheet_cell(page, value.text if isinstance(value, Illegible) else value)


def _marked(
    made: _Book, page: Any, row: int, cells: list[Any], found: list[UploadFinding], returns: dict[int, str]
) -> list[Any]:
    """The row's cells, those with findings filled and with a comment. What is of no column stands at the first."""
    by_column: dict[int, list[UploadFinding]] = {}
    for finding in found:
        by_column.setdefault(finding.column_number or 1, []).append(finding)
    cells += [None] * (max(by_column) - len(cells))
    for number, here in sorted(by_column.items()):
        cells[number - 1] = _mark(made, page, cells[number - 1], here)
        for finding in here:
            _list(made, finding, page.title, f"{get_column_letter(number)}{row}", returns)
    return cells


def _mark(made: _Book, page: Any, value: Any, found: list[UploadFinding]) -> Any:
    cell = value if isinstance(value, Cell) else WriteOnlyCell(page, value)
    cell.fill = FILLS[min((finding.severity for finding in found), key=SEVERITIES.index)]
    if made.comments < MOST_COMMENTS:
        made.comments += 1
        text = "\n\n".join(_words(finding) for finding in found)
        cell.comment = Comment(clean_text(text)[:2000], "Threepoint", width=320, height=60 + 40 * len(found))
    return cell


def _words(finding: UploadFinding) -> str:
    return f"{finding.says}. {finding.mend}" if finding.mend and finding.mend != finding.says else finding.says


def _list(made: _Book, finding: UploadFinding, sheet: str, cell: str, returns: dict[int, str]) -> None:
    """One line of the first sheet, which leads to the cell."""
    page = made.list
    place: Any = text_cell(page, cell) if cell else None
    if cell and made.links < MOST_LINKS:
        made.links += 1
        place.hyperlink = Hyperlink(ref="", location=f"'{sheet}'!{cell}", display=cell)
        place.font = LINK
    page.append([
        finding.severity.capitalize(),
        sheet_cell(page, sheet),
        place,
        finding.sheet_row or None,
        sheet_cell(page, finding.column or None),
        sheet_cell(page, finding.value or None),
        sheet_cell(page, finding.says),
        sheet_cell(page, finding.mend or None),
        sheet_cell(page, returns.get(finding.found_id or 0)),
    ])  # fmt: skip
