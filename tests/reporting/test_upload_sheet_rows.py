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
ENDS = ["</row>", "</row >", "</row>\n", "", "</row></row>", "</row><!-- </row>", "</row><!-- x -->"]
FIGURES = ["", "0", "1", "3", "-1", "600.5", "46204", "1e5", "0.2", " 7 ", "1234567890123456789"]
WORDS = ["", "x", "£ 5", "a &amp; b", "&lt;&gt;", "_x000D_", '&quot;&apos;"', " ", "a\tb\nc"]
ODD = ["&#65;", "&amp", "&nope;", "]]>", "a>b", "\r\n", "\x00", "\ufffe", "²", "nan", "9", "-1", "<![CDATA[5]]>",
       "<!-- 5 -->", "<v>5</v>", "\ud800"]  # fmt: skip
FIGURED = [
    '<c r="{at}" t="n"><v>{text}</v></c>', '<c r="{at}"><v>{text}</v></c>', '<c r="{at}" s="1"><v>{text}</v></c>',
    '<c r="{at}" s="2" t="n"><v>{text}</v></c>', '<c r="{at}"><f>A1*2</f><v>{text}</v></c>', '<c r="{at}" s="1" />',
    '<c r="{at}" t="b"><v>{text}</v></c>', '<c r="{at}" t="s"><v>1</v></c>', '<c r="{at}" s="3" t="s"><v>2</v></c>',
]  # fmt: skip
WORDED = [
    '<c r="{at}" t="inlineStr"><is><t>{text}</t></is></c>', '<c r="{at}" t="e"><v>{text}</v></c>',
    '<c r="{at}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>', '<c r="{at}" s="2"/>',
    '<c r="{at}" t="str"><f>A1</f><v>{text}</v></c>', '<c r="{at}" t="str"><v>{text}</v></c>',
]  # fmt: skip
UNUSUAL = [
    '<c r="{at}" t="str"><f>A1&amp;"x"</f><v>{text}</v></c>', '<c r="{at}"><f>A1</f></c>',
    '<c r="{at}" t="s"><v>{text}</v></c>', "<c><v>{text}</v></c>",
    '<c r="{at}"><f t="shared" si="0"/><v>{text}</v></c>', '<c r="{at}" t="odd"><v>{text}</v></c>',
    '<c t="s" r="{at}"><v>1</v></c>', '<c r="{at}" t="inlineStr"><is><r><t>{text}</t></r><rPh><t>z</t></rPh></is></c>',
    '<c r="{at}" s="1" s="2"><v>{text}</v></c>', '<c r="{at}"></c>', "<!-- {text} -->", '<c r="{at}"><v>{text}</c>',
    '<c r="{at}"> <v>{text}</v></c>', '<c r="{at}" t="s"><f>B1</f><v>{text}</v></c>', "</sheetData>", '<row r="{n}">',
    '<!-- <c r="{at}"><v>1</v></c></row> -->', "{text}", '<c r="{at}"><v>1</v></c></row><c r="{at}"><v>1</v></c>',
]  # fmt: skip
COLUMNS = ["A", "B", "C", "D", "H", "Z", "AA", "KN", "KO", "XFD"]


@st.composite
def sheets(draw) -> bytes:
    """What programs write, but for two things at most."""
    left = draw(st.integers(0, 2))
    at = draw(st.sets(st.integers(0, 30), min_size=left, max_size=left))  # which parts are odd
    parts: list[str] = []

    def add(usual: list[str], odd: list[str], number: int = 0) -> None:
        form = draw(st.sampled_from(odd if len(parts) in at else usual))
        texts = st.sampled_from(FIGURES)
        if len(parts) + 15 in at:
            texts = st.sampled_from(ODD)
        elif form in WORDED:
            texts = st.sampled_from(WORDS) | st.text(max_size=5).map(_escaped)
        text = draw(texts)
        place = f"{draw(st.sampled_from(COLUMNS))}{number}"
        parts.append(form.replace("{n}", str(number)).replace("{at}", place).replace("{text}", text))

    add(HEADS[:2], HEADS)
    for number in range(1, draw(st.integers(2, 6))):
        add(STARTS[:3], STARTS, number)
        for _ in range(draw(st.integers(0, 4))):
            add(FIGURED + WORDED, UNUSUAL, number)
        add(ENDS[:1], ENDS)
    add(TAILS[:2], TAILS)
    return "".join(parts).encode("utf-8" if draw(st.integers(0, 20)) else "utf-16", "surrogatepass")


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


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

INLINE = '<row r="1"><c r="A1" t="inlineStr"><is><t>z</t></is></c></row>'


@settings(max_examples=600, deadline=None)
@given(content=sheets(), size=st.sampled_from([1, 7, 40, 200, 10_000]))
@example(content=f"{HEADS[0]}{ROW}<!-- {ROW}{ROW} -->{TAILS[0]}".encode(), size=1)
@example(content=f"{HEADS[0]}{ROW}<row><c><v>2</v></c></row>{ROW}{TAILS[0]}".encode(), size=40)
@example(content=f"{HEADS[2]}{ROW}{TAILS[0]}".encode(), size=10_000)
@example(content=f"<worksheet><!-- <sheetData>{ROW} --><sheetData>{ROW}{TAILS[0]}".encode(), size=1)
@example(content=f"{HEADS[0]}{ROW.replace('<v>1', '<v>&nope;')}{TAILS[0]}".encode(), size=10_000)
@example(content=f"{HEADS[0]}{INLINE.replace('z', '&nope;')}{TAILS[0]}".encode(), size=10_000)
@example(content=f"{HEADS[0]}{INLINE.replace('z', 'a]]>b')}{TAILS[0]}".encode(), size=10_000)
@example(content=f"{HEADS[0]}{INLINE.replace('z', 'a&amp;amp;b')}{TAILS[0]}".encode(), size=10_000)
@example(content=f"{HEADS[9]}{INLINE.replace('z', 'é')}{TAILS[0]}".encode(), size=10_000)
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
