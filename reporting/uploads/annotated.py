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

# A spreadsheet becomes slow with more, and each is held in memory until the file is written.
MOST_COMMENTS = 5_000
MOST_LINKS = 10_000
MOST_BLANK = 1_000  # rows left empty one after the other, so that rows keep their numbers
ERROR, QUESTION = (PatternFill("solid", start_color=colour) for colour in ("FFF4B6B0", "FFFFE8A3"))
BOLD, LINK = Font(bold=True), Font(color="FF1D57A5", underline="single")
LIST, ABOUT = "Errors", "Standard"  # the sheet "Standard" is what the templates have too
COLUMNS = ("What", "Sheet", "Cell", "Row", "Column", "It says", "What is wrong", "How to mend it", "Return")
WIDTHS = (10, 22, 10, 8, 24, 24, 48, 48, 28)

GUIDE = (
    "Mend the marked cells in the sheets that follow, then upload this workbook again. Red is an error, which must be "
    "mended. Yellow is a question, which may be right as it is.",
    f"The first {MOST_COMMENTS:,} marked cells say in a comment what is wrong. This list names every finding that is "
    f"kept; the first {MOST_LINKS:,} lead to their cells.",
)


@dataclass(frozen=True)
class SheetRead:
    """A sheet, a file in the zip, or a table, as it was read. Rows come with their numbers, the least first."""

    name: str  # as the findings name it
    headings: Sequence[str]
    rows: Iterable[tuple[int, Sequence[Any]]]


@dataclass
class _Book:
    """The workbook while it is written, and how much of what is limited has been used."""

    book: Workbook
    list: Any
    comments: int = 0
    links: int = 0
    titles: set[str] = field(default_factory=set)


def write_annotated(
    file: IO[bytes], version: str, sheets: Iterable[SheetRead], findings: Any, returns: dict[int, str]
) -> None:
    """Write the workbook. `findings` is the queryset of the upload's findings, `returns` names its returns."""
    book = Workbook(write_only=True)
    made = _Book(book, book.create_sheet(LIST))
    _begin_list(made)
    names: list[str] = []
    for sheet in sheets:
        names.append(sheet.name)
        _write_sheet(made, sheet, _by_row(findings.filter(sheet=sheet.name, sheet_row__gt=0)), returns)
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
    for line in GUIDE:
        made.list.append([line])
    made.list.append([_bold(made.list, column) for column in COLUMNS])


def _bold(sheet: Any, text: str) -> Any:
    cell = text_cell(sheet, text)
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


def _write_sheet(made: _Book, sheet: SheetRead, marks: Iterator[tuple[int, list[UploadFinding]]], returns: Any) -> None:
    title = _title(made, sheet.name)
    page = made.book.create_sheet(title)
    page.freeze_panes = "A2"
    for number, heading in enumerate(sheet.headings, start=1):
        page.column_dimensions[get_column_letter(number)].width = max(12, min(40, len(heading) + 4))
    page.append([_bold(page, heading) if heading else None for heading in sheet.headings])
    here = 1
    marked = next(marks, None)
    for number, cells in sheet.rows:
        for _ in range(min(max(number - here - 1, 0), MOST_BLANK)):
            page.append([])
            here += 1
        here += 1
        found: list[UploadFinding] = []
        while marked and marked[0] <= number:
            found += marked[1]
            marked = next(marks, None)
        page.append(_marked_row(made, page, here, cells, found, returns) if found else [_plain(page, c) for c in cells])


def _title(made: _Book, name: str) -> str:
    """A name that a sheet may have, of its own."""
    stem = re.sub(r"[\[\]:*?/\\']+", " ", clean_text(name)).strip()[:28] or "Table"
    title, number = stem, 1
    while title.lower() in made.titles | {LIST.lower(), ABOUT.lower()}:
        number += 1
        title = f"{stem} {number}"
    made.titles.add(title.lower())
    return title


_PLAIN = re.compile(r"[A-Za-z0-9£][^\x00-\x1f\ud800-\udfff\ufffe\uffff]{0,1000}")


def _plain(page: Any, value: Any) -> Any:
    """A cell of a row that is right. Most texts need no looking at; the others are typed as text."""
    if value is None or (type(value) is str and _PLAIN.fullmatch(value)):
        return value
    return sheet_cell(page, value)


def _marked_row(
    made: _Book, page: Any, row: int, cells: Sequence[Any], found: list[UploadFinding], returns: dict[int, str]
) -> list[Any]:
    """The row's cells, those with findings filled and with a comment. What is of no column stands at the first."""
    by_column: dict[int, list[UploadFinding]] = {}
    for finding in found:
        by_column.setdefault(finding.column_number or 1, []).append(finding)
    made_cells = [_plain(page, cell) for cell in cells]
    made_cells += [None] * (max(by_column) - len(made_cells))
    for number, here in sorted(by_column.items()):
        made_cells[number - 1] = _mark(made, page, made_cells[number - 1], here)
        for finding in here:
            _list(made, finding, page.title, f"{get_column_letter(number)}{row}", returns)
    return made_cells


def _mark(made: _Book, page: Any, value: Any, found: list[UploadFinding]) -> Any:
    cell = value if isinstance(value, Cell) else _typed(page, value)
    cell.fill = ERROR if any(finding.severity == "error" for finding in found) else QUESTION
    if made.comments < MOST_COMMENTS:
        made.comments += 1
        text = "\n\n".join(_words(finding) for finding in found)
        cell.comment = Comment(clean_text(text)[:2000], "Threepoint", width=320, height=60 + 40 * len(found))
    return cell


def _typed(page: Any, value: Any) -> Any:
    cell = sheet_cell(page, value)
    return cell if isinstance(cell, Cell) else WriteOnlyCell(page, cell)


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
        "Error" if finding.severity == "error" else "Question",
        sheet_cell(page, sheet),
        place,
        finding.sheet_row or None,
        sheet_cell(page, finding.column or None),
        sheet_cell(page, finding.value or None),
        sheet_cell(page, finding.says),
        sheet_cell(page, finding.mend or None),
        sheet_cell(page, returns.get(finding.found_id or 0)),
    ])  # fmt: skip


# --- From an upload ----------------------------------------------------------------------------------


def annotated(upload: Upload) -> IO[bytes]:
    """The workbook of an upload, in a temporary file that goes when it is closed."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    try:
        returns = {found.pk: str(found) for found in upload.found.all()}
        write_annotated(file, upload.standard, rows_of(upload), upload.findings.all(), returns)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def rows_of(upload: Upload) -> Iterator[SheetRead]:
    raise NotImplementedError
