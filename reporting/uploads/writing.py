"""Writes an XLSX workbook row by row, several times as fast as a library that makes an object of every cell.

Every text is an inline string, so that nothing is a formula and nothing is kept in memory but what is limited: comments
and links (ECMA-376 part 1, 18.3 and 18.7; the boxes of comments in VML, part 4, 19).
"""

from __future__ import annotations

import io
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import product
from typing import IO, Any
from xml.sax.saxutils import escape, quoteattr

from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import to_excel

from portal.sheets import LONGEST_TEXT, MOST_DIGITS, NOT_IN_XML, STARTS_A_FORMULA

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
FILLS = {"": "", "error": "FFF4B6B0", "question": "FFFFE8A3", "note": "FFD2E2F1"}
KINDS = ("plain", "quoted", "date", "bold", "link")
_FONTS = {"bold": 1, "link": 2}
STYLES = {pair: number for number, pair in enumerate(product(FILLS, KINDS))}
_LETTERS = [get_column_letter(number) for number in range(1, 400)]


_NONE: Mapping[int, str] = {}


@dataclass
class Page:
    """One sheet while it is written. `comments` and `links` are for what stands in few cells."""

    title: str
    out: IO[str]
    row: int = 0
    comments: list[tuple[str, str]] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    is_hidden: bool = False

    def begin(self, widths: Sequence[float], frozen: int) -> None:
        """How wide the columns are, and how many rows stay in sight."""
        self.out.write(f'{HEAD}<worksheet xmlns="{MAIN}" xmlns:r="{OFFICE}">')
        if frozen:
            self.out.write(
                f'<sheetViews><sheetView workbookViewId="0"><pane ySplit="{frozen}" topLeftCell="A{frozen + 1}" '
                'activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
            )
        if widths:
            columns = (
                f'<col min="{place}" max="{place}" width="{width}" customWidth="1"/>'
                for place, width in enumerate(widths, start=1)
            )
            self.out.write(f"<cols>{''.join(columns)}</cols>")
        self.out.write("<sheetData>")

    def append(
        self,
        cells: Iterable[Any],
        fills: Mapping[int, str] = _NONE,
        kind: str = "",
        link: tuple[int, str] | None = None,
    ) -> None:
        """Write the next row. `fills` has the severities of marked cells by place, from 0; `link` where one leads."""
        self.row += 1
        if link:
            self.links.append((f"{_LETTERS[link[0]]}{self.row}", link[1]))
        at = link[0] if link else -1
        made = (
            _cell(f"{_LETTERS[place]}{self.row}", value, fills.get(place, ""), "link" if place == at else kind)
            for place, value in enumerate(cells)
            if value is not None or place in fills
        )
        self.out.write(f'<row r="{self.row}">{"".join(made)}</row>')

    def skip_to(self, row: int) -> None:
        """The next row to be written is this one."""
        self.row = max(self.row, row - 1)

    def end(self, has_comments: str = "") -> None:
        self.out.write("</sheetData>")
        if self.links:
            links = (f'<hyperlink ref="{cell}" location={quoteattr(to)}/>' for cell, to in self.links)
            self.out.write(f"<hyperlinks>{''.join(links)}</hyperlinks>")
        self.out.write(f"{has_comments}</worksheet>")
        self.out.flush()


def _cell(place: str, value: Any, fill: str, kind: str) -> str:
    if value is None:
        return f'<c r="{place}" s="{STYLES[fill, kind or "plain"]}"/>'
    if type(value) is not str:
        if isinstance(value, bool):
            return f'<c r="{place}" t="b" s="{STYLES[fill, "plain"]}"><v>{int(value)}</v></c>'
        if isinstance(value, int | float | Decimal) and -MOST_DIGITS < value < MOST_DIGITS:
            return f'<c r="{place}" s="{STYLES[fill, "plain"]}"><v>{value}</v></c>'
        if isinstance(value, date) and value.year >= 1900:
            bare = value.replace(tzinfo=None) if isinstance(value, datetime) else value
            return f'<c r="{place}" s="{STYLES[fill, "date"]}"><v>{to_excel(bare)}</v></c>'
        value = str(value)
    style = STYLES[fill, kind or ("quoted" if STARTS_A_FORMULA.match(value) else "plain")]
    return f'<c r="{place}" t="inlineStr" s="{style}"><is><t xml:space="preserve">{_text(value)}</t></is></c>'


def _text(value: str) -> str:
    text = NOT_IN_XML.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))
    # A text such as _x000D_ would be read as a character, ECMA-376 part 1, 22.9.2.19.
    return escape(re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", text)[:LONGEST_TEXT])


class MarkedBook:
    """A workbook whose first sheet is written while the others are."""

    def __init__(self, file: IO[bytes], first: str) -> None:
        self._archive = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=3)
        self._spool = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`
        self.first = Page(first, io.TextIOWrapper(self._spool, encoding="utf-8", write_through=False))
        self.pages = [self.first]
        self._raw: IO[bytes] | None = None

    def page(self, title: str, *, is_hidden: bool = False) -> Page:
        """The next sheet; write it to its end before another is asked for."""
        number = len(self.pages) + 1
        self._raw = self._archive.open(f"xl/worksheets/sheet{number}.xml", "w", force_zip64=True)
        page = Page(title, io.TextIOWrapper(self._raw, encoding="utf-8"), is_hidden=is_hidden)
        self.pages.append(page)
        return page

    def end_page(self, page: Page) -> None:
        number = self.pages.index(page) + 1
        page.end('<legacyDrawing r:id="boxes"/>' if page.comments else "")
        page.out.detach()  # type: ignore[attr-defined]
        if self._raw:
            self._raw.close()
        if page.comments:
            self._write_comments(page, number)

    def _write_comments(self, page: Page, number: int) -> None:
        notes = (
            f'<comment ref="{cell}" authorId="0"><text><t xml:space="preserve">{_text(words)}</t></text></comment>'
            for cell, words in page.comments
        )
        self._put(
            f"xl/comments{number}.xml",
            f'<comments xmlns="{MAIN}"><authors><author>Threepoint</author></authors>'
            f"<commentList>{''.join(notes)}</commentList></comments>",
        )
        boxes = "".join(_box(place, cell) for place, (cell, _) in enumerate(page.comments, start=1))
        self._archive.writestr(f"xl/drawings/boxes{number}.vml", _VML.format(boxes=boxes))
        relations = _relation("notes", f"{OFFICE}/comments", f"../comments{number}.xml")
        relations += _relation("boxes", f"{OFFICE}/vmlDrawing", f"../drawings/boxes{number}.vml")
        self._put(f"xl/worksheets/_rels/sheet{number}.xml.rels", _relations(relations))

    def close(self) -> None:
        """Put in the first sheet, and what holds the parts together."""
        self.first.end()
        self.first.out.detach()  # type: ignore[attr-defined]
        self._spool.seek(0)
        with self._archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as member:
            shutil.copyfileobj(self._spool, member)
        self._spool.close()
        self._put("xl/styles.xml", _styles())
        self._put("xl/workbook.xml", self._workbook())
        targets = [_relation(f"s{n}", f"{OFFICE}/worksheet", f"worksheets/sheet{n}.xml") for n, _ in self._numbered()]
        self._put("xl/_rels/workbook.xml.rels",
                  _relations("".join(targets) + _relation("styles", f"{OFFICE}/styles", "styles.xml")))  # fmt: skip
        self._put("_rels/.rels", _relations(_relation("book", f"{OFFICE}/officeDocument", "xl/workbook.xml")))
        self._put("[Content_Types].xml", self._types())
        self._archive.close()

    def _numbered(self) -> list[tuple[int, Page]]:
        return list(enumerate(self.pages, start=1))

    def _put(self, name: str, xml: str) -> None:
        self._archive.writestr(name, HEAD + xml)

    def _workbook(self) -> str:
        sheets = "".join(
            f'<sheet name={quoteattr(page.title)} sheetId="{number}" r:id="s{number}" '
            f'state="{"hidden" if page.is_hidden else "visible"}"/>'
            for number, page in self._numbered()
        )
        return f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{sheets}</sheets></workbook>'

    def _types(self) -> str:
        parts = [("/xl/workbook.xml", "sheet.main"), ("/xl/styles.xml", "styles")]
        for number, page in self._numbered():
            parts.append((f"/xl/worksheets/sheet{number}.xml", "worksheet"))
            if page.comments:
                parts.append((f"/xl/comments{number}.xml", "comments"))
        named = "".join(f'<Override PartName="{name}" ContentType="{TYPES}.{kind}+xml"/>' for name, kind in parts)
        return (
            f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/><Default Extension="vml" '
            f'ContentType="application/vnd.openxmlformats-officedocument.vmlDrawing"/>{named}</Types>'
        )


def _relation(name: str, kind: str, target: str) -> str:
    return f'<Relationship Id="{name}" Type="{kind}" Target="{target}"/>'


def _relations(inner: str) -> str:
    return f'<Relationships xmlns="{PACKAGE}/relationships">{inner}</Relationships>'


def _styles() -> str:
    colours = [colour for colour in FILLS.values() if colour]
    fills = '<fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    fills += "".join(
        f'<fill><patternFill patternType="solid"><fgColor rgb="{colour}"/></patternFill></fill>' for colour in colours
    )
    places = {name: colours.index(colour) + 2 if colour else 0 for name, colour in FILLS.items()}
    forms = "".join(
        f'<xf numFmtId="{14 if kind == "date" else 0}" fontId="{_FONTS.get(kind, 0)}" '
        f'fillId="{places[fill]}" borderId="0" xfId="0" applyFill="1" applyFont="1" applyNumberFormat="1" '
        f'quotePrefix="{int(kind == "quoted")}"/>'
        for fill, kind in STYLES
    )
    font = '<sz val="11"/><name val="Calibri"/>'
    return (
        f'<styleSheet xmlns="{MAIN}"><fonts count="3"><font>{font}</font><font><b/>{font}</font>'
        f'<font><u/><sz val="11"/><color rgb="FF1D57A5"/><name val="Calibri"/></font></fonts>'
        f'<fills count="{len(colours) + 2}">{fills}</fills>'
        "<borders><border><left/><right/><top/><bottom/><diagonal/></border></borders>"
        '<cellStyleXfs><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        f'<cellXfs count="{len(STYLES)}">{forms}</cellXfs>'
        '<cellStyles><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    )


_VML = (
    '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:x="urn:schemas-microsoft-com:office:excel"><v:shapetype id="box" coordsize="21600,21600" o:spt="202" '
    'path="m,l,21600r21600,l21600,xe"><v:stroke joinstyle="miter"/>'
    '<v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>{boxes}</xml>'
)
_PLACE = re.compile(r"([A-Z]+)(\d+)")


def _box(number: int, cell: str) -> str:
    found = _PLACE.fullmatch(cell)
    assert found  # noqa: S101 - we wrote it
    column, row = _LETTERS.index(found[1]), int(found[2]) - 1
    return (
        f'<v:shape id="box{number}" type="#box" style="position:absolute;width:240pt;height:80pt;visibility:hidden" '
        'fillcolor="#ffffe1" o:insetmode="auto"><v:fill color2="#ffffe1"/><v:textbox/>'
        f'<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:AutoFill>False</x:AutoFill>'
        f"<x:Row>{row}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
    )
