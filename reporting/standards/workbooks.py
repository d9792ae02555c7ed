"""The standard as files to fill in: one workbook with a sheet for each table, or a CSV file for each.

In the workbook headings are locked, codes have drop-downs, and each heading carries its help. The hidden sheet
"Standard" says which version it was made from, so that a filled-in file is read by the same one.
"""

from __future__ import annotations

import csv
import io
import zipfile
from functools import lru_cache
from typing import IO

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from reporting.standards.definition import Field, Standard, Table

ROWS = 2000  # rows that have drop-downs; more may be filled in
GUIDE, LISTS, ABOUT = "Read me", "Codes", "Standard"
_HEAD = PatternFill("solid", start_color="FF123B45")
_NEEDED = PatternFill("solid", start_color="FF0B5563")
_FORMATS = {
    "date": "dd/mm/yyyy",
    "money": "#,##0.00",
    "percentage": "0.00",
    "count": "0",
    "text": "@",
    "code": "@",
    "yesno": "@",
}


@lru_cache(maxsize=32)
def workbook_of(standard: Standard) -> bytes:
    """A standard never changes, nor with the same added fields: its file is made once in each process."""
    file = io.BytesIO()
    write_workbook(standard, file)
    return file.getvalue()


@lru_cache(maxsize=32)
def csv_templates_of(standard: Standard) -> bytes:
    file = io.BytesIO()
    write_csv_templates(standard, file)
    return file.getvalue()


def write_workbook(standard: Standard, file: IO[bytes]) -> None:
    """The XLSX template: guidance, a sheet a table, and the code lists."""
    book = Workbook()
    guide = book.active
    if guide is None:
        raise TypeError("a new workbook has a sheet")
    _write_guide(guide, standard)
    _write_codes(book, standard)
    for table in standard.tables:
        _write_sheet(book.create_sheet(table.label), table, standard)
    about = book.create_sheet(ABOUT)
    about.append(["standard", standard.version])
    about.append(["digest", standard.digest])
    for name in standard.frameworks:
        about.append(["framework", name])
    about.sheet_state = "hidden"
    book.move_sheet(LISTS, offset=len(standard.tables))
    book.save(file)


def _write_guide(sheet: Worksheet, standard: Standard) -> None:
    sheet.title = GUIDE
    lines = [
        f"{standard.title}, version {standard.version}",
        standard.summary,
        *(f"With the fields that {name} asks for." for name in standard.frameworks),
        "One sheet for each table. Begin each row with the contract number and the first day of the period.",
        "Headings in the darker colour must be filled in. Rest on a heading to read its help.",
        "One file may hold the returns of many contracts.",
    ]
    for line in lines:
        sheet.append([line])
    sheet["A1"].font = Font(bold=True, size=14)
    sheet.column_dimensions["A"].width = 100
    for table in standard.tables:
        sheet.append([])
        sheet.append([table.label])
        sheet.cell(sheet.max_row, 1).font = Font(bold=True)
        for item in standard.columns(table):
            sheet.append([f"{item.label}: {item.help}"])


def _write_codes(book: Workbook, standard: Standard) -> None:
    """A column for each code list, with a name that the drop-downs point to."""
    sheet = book.create_sheet(LISTS)
    columns = [("yesno", ["Yes", "No"])]
    columns += [(name, [label for _, label in codes.values]) for name, codes in standard.codes.items()]
    for number, (name, labels) in enumerate(columns, start=1):
        letter = get_column_letter(number)
        sheet.cell(1, number, name).font = Font(bold=True)
        for row, label in enumerate(labels, start=2):
            sheet.cell(row, number, label)
        sheet.column_dimensions[letter].width = 30
        area = f"'{LISTS}'!${letter}$2:${letter}${len(labels) + 1}"
        book.defined_names[f"codes_{name}"] = DefinedName(f"codes_{name}", attr_text=area)


def _write_sheet(sheet: Worksheet, table: Table, standard: Standard) -> None:
    for number, item in enumerate(standard.columns(table), start=1):
        _write_heading(sheet, number, item)
        letter = get_column_letter(number)
        column = sheet.column_dimensions[letter]
        column.width = max(14, min(40, len(item.label) + 4))
        column.number_format = _FORMATS.get(item.type, "General")
        column.protection = Protection(locked=False)  # of every cell below the heading, which is locked by itself
        _drop_down(sheet, letter, item)
    sheet.freeze_panes = "C2"
    sheet.protection.sheet = True
    sheet.protection.formatColumns = False
    sheet.protection.insertRows = False
    sheet.protection.deleteRows = False


def _write_heading(sheet: Worksheet, number: int, item: Field) -> None:
    cell = sheet.cell(1, number, item.label)
    cell.font = Font(bold=True, color="FFFFFFFF")
    cell.fill = _NEEDED if item.required else _HEAD
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    cell.protection = Protection(locked=True)
    cell.comment = Comment(item.help, "Threepoint", width=300, height=80)


def _drop_down(sheet: Worksheet, letter: str, item: Field) -> None:
    name = item.codes if item.type == "code" else "yesno" if item.type == "yesno" else ""
    if not name:
        return
    choice = DataValidation(type="list", formula1=f"=codes_{name}", allow_blank=True)
    choice.error, choice.errorTitle = "Choose from the list", item.label
    sheet.add_data_validation(choice)
    choice.add(f"{letter}2:{letter}{ROWS}")


def write_csv_templates(standard: Standard, file: IO[bytes]) -> None:
    """A zip with a CSV file for each table: a heading row of the fields' names, and nothing else."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for table in standard.tables:
            archive.writestr(f"{table.name}.csv", csv_heading(table, standard))


def csv_heading(table: Table, standard: Standard) -> str:
    text = io.StringIO()
    csv.writer(text).writerow([item.name for item in standard.columns(table)])
    return "\ufeff" + text.getvalue()
