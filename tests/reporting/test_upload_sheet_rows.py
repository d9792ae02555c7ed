"""A sheet's XML gives the same rows, or the same refusal, whether its plain rows are read at once or all by Expat."""

from __future__ import annotations

from collections.abc import Iterator
from xml.parsers import expat

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reporting.uploads.cells import SharedTexts
from reporting.uploads.lean import LeanReader
from reporting.uploads.sheet_rows import SheetRows
from reporting.uploads.sheets import Unreadable

STYLES = {"1": "date", "2": "percent"}
SHARED = ["Senior developer", "day", "run & build", ""]
NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
HEADS = [
    f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet {NS}><cols/><sheetData>',
    f"<worksheet {NS}><sheetData>",
    "<worksheet><!-- <sheetData><row> --><sheetData>",
    "<worksheet><!-- <sheetData><row r='1'/></sheetData>",
    "<worksheet><sheetData/><sheetData>",
    "<worksheet><sheetData >",
    "<x:worksheet><x:sheetData>",
    "<x:worksheet><sheetData>",
    "<worksheet a='<sheetData>'><sheetData>",
    '<?xml version="1.0" encoding="ISO-8859-1"?><worksheet><sheetData>',
    '<?xml version="1.0" encoding="UTF-16"?><worksheet><sheetData>',
    "<!DOCTYPE worksheet><worksheet><sheetData>",
    "\ufeff<worksheet><sheetData>",
]
TAILS = ["</sheetData></worksheet>", "</sheetData><legacyDrawing/></worksheet>", "</sheetData>", "", "</worksheet>",
         "--></worksheet>", "</x:sheetData></x:worksheet>", "</sheetData></worksheet><row>"]  # fmt: skip
STARTS = ['<row r="{n}">', '<row r="{n}" spans="1:8" x14ac:dyDescent="0.25">', '<row r="{n}" ht="12.8" hidden="0">',
          "<row>", '<row r="{n}" ht="1" ht="2">', "<row r='{n}'>", '<row\nr="{n}">', "",
          '<!-- <row r="{n}">']  # fmt: skip
ENDS = [
    "</row>",
    "</row>",
    "</row>",
    "</row >",
    "</row>\n",
    "",
    "</row></row>",
    "</row><!-- </row>",
    "</row><!-- x -->",
]
TEXTS = st.one_of(
    st.sampled_from(["", "0", "1", "3", "9", "-1", "600.5", "46204", "1e5", "0.2", "x", "£ 5", "a &amp; b", "&lt;&gt;",
                     "&#65;", "&amp", "&nope;", "]]>", "a>b", "\r\n", "\x00", "\ufffe", " 7 ", "²", "nan",
                     "<![CDATA[5]]>", "<!-- 5 -->", "_x000D_", '&quot;&apos;"']),
    st.text(max_size=6).map(lambda text: text.replace("<", "").replace("&", "")),
)  # fmt: skip
FORMS = [
    '<c r="{at}" t="n"><v>{text}</v></c>', '<c r="{at}"><v>{text}</v></c>', '<c r="{at}" s="1"><v>{text}</v></c>',
    '<c r="{at}" s="2" t="n"><v>{text}</v></c>', '<c r="{at}" t="s"><v>{text}</v></c>', '<c r="{at}" s="1" />',
    '<c r="{at}" t="inlineStr"><is><t>{text}</t></is></c>', '<c r="{at}" t="b"><v>{text}</v></c>',
    '<c r="{at}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>', '<c r="{at}" s="2"/>',
    '<c r="{at}" t="e"><v>{text}</v></c>', '<c r="{at}"><f>A1*2</f><v>{text}</v></c>', '<c r="{at}"><f>A1</f></c>',
    '<c r="{at}" t="str"><f>A1&amp;"x"</f><v>{text}</v></c>', '<c r="{at}" t="str"><f>A1</f><v></v></c>',
    '<c r="{at}"><f t="shared" si="0"/><v>{text}</v></c>', '<c r="{at}" t="odd"><v>{text}</v></c>',
    "<c><v>{text}</v></c>",
    '<c t="s" r="{at}"><v>1</v></c>', '<c r="{at}" t="inlineStr"><is><r><t>{text}</t></r><rPh><t>z</t></rPh></is></c>',
    '<c r="{at}" s="1" s="2"><v>{text}</v></c>', '<c r="{at}"></c>', "<!-- {text} -->", '<c r="{at}"><v>{text}</c>',
    '<c r="{at}"> <v>{text}</v></c>', '<c r="{at}" t="s"><f>B1</f><v>{text}</v></c>',
]  # fmt: skip
COLUMNS = st.sampled_from(["A", "B", "C", "D", "H", "Z", "AA", "KN", "KO", "XFD", ""])


@st.composite
def cells(draw, is_plain: bool) -> str:
    form = draw(st.sampled_from(FORMS[:14] if is_plain else FORMS))
    return form.format(at=f"{draw(COLUMNS)}{draw(st.integers(0, 9))}", text=draw(TEXTS))


@st.composite
def sheets(draw) -> bytes:
    """Mostly what programs write; now and then what none should."""
    parts = [HEADS[0] if draw(st.integers(0, 3)) else draw(st.sampled_from(HEADS))]
    for number in range(1, draw(st.integers(1, 6))):
        is_plain = draw(st.integers(0, 3)) > 0
        parts.append((STARTS[0] if is_plain else draw(st.sampled_from(STARTS))).replace("{n}", str(number)))
        parts += draw(st.lists(cells(is_plain), max_size=5))
        parts.append(ENDS[0] if is_plain else draw(st.sampled_from(ENDS)))
    parts.append(TAILS[0] if draw(st.integers(0, 3)) else draw(st.sampled_from(TAILS)))
    return "".join(parts).encode(draw(st.sampled_from(["utf-8"] * 9 + ["utf-16"])), "surrogatepass")


@pytest.fixture(scope="module")
def texts() -> SharedTexts:
    return _texts()


def _texts() -> SharedTexts:
    held = SharedTexts()
    for text in SHARED:
        held._add(text)
    held.end()
    return held


def outcome(content: bytes, texts: SharedTexts, *, size: int, is_lean: bool) -> str:
    """The rows with the types of their cells, or that it cannot be read."""
    try:
        return repr(list(rows_of(content, texts, size=size, is_lean=is_lean)))
    except (Unreadable, ValueError, IndexError, expat.ExpatError):
        return "refused"


def rows_of(content: bytes, texts: SharedTexts, *, size: int, is_lean: bool) -> Iterator[object]:
    sheet = SheetRows(texts, STYLES, is_1904=False, is_lean=is_lean)
    for at in range(0, len(content), size):
        yield from sheet.feed(content[at : at + size])
    yield from sheet.end()


ROW = '<row r="1"><c r="A1"><v>1</v></c></row>'


@settings(max_examples=400, deadline=None)
@given(content=sheets(), size=st.sampled_from([1, 7, 40, 200, 10_000]))
@example(content=f"{HEADS[0]}{ROW}<!-- {ROW}{ROW} -->{TAILS[0]}".encode(), size=70)
@example(content=f"{HEADS[0]}{ROW}<row><c><v>2</v></c></row>{ROW}{TAILS[0]}".encode(), size=40)
@example(content=f"{HEADS[2]}{ROW}{TAILS[0]}".encode(), size=10_000)
def test_both_ways_of_reading_give_the_same(texts, content, size) -> None:
    quickly = outcome(content, texts, size=size, is_lean=True)
    assert quickly == outcome(content, texts, size=size, is_lean=False)


def test_what_programs_write_is_read_without_expat(texts) -> None:
    excel = (
        '<row r="2" spans="1:4" x14ac:dyDescent="0.25"><c r="A2" s="4" t="s"><v>0</v></c>'
        '<c r="B2" s="1"><v>46204</v></c>'
        '<c r="C2"><f>D2*2</f><v>12.5</v></c><c r="D2" s="3"/></row>'
    )
    office = (
        '<row r="3" customFormat="false" ht="12.8" hidden="false" customHeight="false" outlineLevel="0" '
        'collapsed="false"><c r="A3" s="0" t="s"><v>1</v></c><c r="B3" s="2" t="n"><v>0.2</v></c></row>'
    )
    ours = '<row r="4"><c r="B4" s="4" t="inlineStr"><is><t xml:space="preserve">Smith &amp; Co</t></is></c></row>'
    rows = LeanReader(texts, STYLES, is_1904=False).read(f"{excel}{office}{ours}".encode())

    assert rows is not None
    assert [(number, [str(cell) for cell in held]) for number, held in rows] == [
        (2, ["Senior developer", "2026-07-01", "12.5"]), (3, ["day", "20.0"]), (4, ["None", "Smith & Co"]),
    ]  # fmt: skip


def test_one_unusual_row_sends_only_its_piece_to_expat(texts, monkeypatch) -> None:
    """A comment in the first rows does not make the other hundred thousand slow."""
    read: list[bool] = []
    lean = LeanReader.read

    def noted(self, content):
        rows = lean(self, content)
        read.append(rows is not None)
        return rows

    monkeypatch.setattr(LeanReader, "read", noted)
    content = f"{HEADS[0]}{ROW}<!-- x -->{ROW}" + ROW * 40 + TAILS[0]

    assert outcome(content.encode(), texts, size=400, is_lean=True).count("[1]") == 42
    assert (read[0], set(read[1:])) == (False, {True})
