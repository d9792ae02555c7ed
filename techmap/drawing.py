"""The landscape as SVG. One text serves the page and the file: colours stand in attributes, not in styles.

Support is told apart by filling, edge and corner as well as by colour.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from portal.sheets import clean_text
from techmap.choices import Support
from techmap.pictures import CHILD_TITLE, MORE, Entry, Picture, Placed, PlacedChild, PlacedParent, Zoom, in_a_row

FONT = "Arial, 'Liberation Sans', Helvetica, sans-serif"
INK, PAPER_WHITE, MIST, LINE = "#123b45", "#ffffff", "#eef4f4", "#a9c3c6"
LEGEND_WIDTH = 620
MARGIN, HEAD, FOOT = 24, 64, 48  # around a picture that is a file of its own
LEGAL_FORMS = {"ltd", "limited", "plc", "llp", "lp", "cic", "the", "of", "and", "&"}
# The share of the letter's size that a character is wide, generously.
NARROW, WIDE = set("iljtfrI.,:;'|!()[] -"), set("mwMW@%")


@dataclass(frozen=True)
class Look:
    """How a cell looks: its rectangle, its letters, and whether its corner is cut."""

    rectangle: str
    letters: str
    corner: bool = False


LOOKS: dict[str, Look] = {
    Support.VERIFIED: Look('fill="#0e6b61" stroke="#063630"', PAPER_WHITE),
    Support.SUPPORTED: Look('fill="#d5ebe6" stroke="#0e6b61"', "#0b0c0c", corner=True),
    Support.UNSUPPORTED: Look('rx="7" fill="#ffffff" stroke="#505a5f" stroke-dasharray="3 2"', "#0b0c0c"),
}


@dataclass(frozen=True)
class Links:
    """Where each thing leads. In a file of its own these are whole addresses."""

    supplier: Callable[[int], str]
    capability: Callable[[str], str]
    on_top: bool = False  # whether they leave the frame that the picture stands in

    def anchor(self, address: str) -> str:
        """The beginning of a link."""
        return f"<a href={quoteattr(address)}" + (' target="_top" rel="noopener"' if self.on_top else "")


def landscape_svg(picture: Picture, links: Links) -> str:
    """The picture for a page, which gives it its heading and its legend."""
    size = f'width="{picture.width}" height="{picture.height}" viewBox="0 0 {picture.width} {picture.height}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="app-landscape__picture" {size} role="group" '
        f'aria-label="Landscape of suppliers" font-family={quoteattr(FONT)}>{_body(picture, links)}</svg>'
    )


def landscape_file(picture: Picture, links: Links, *, title: str, note: str) -> str:
    """The picture by itself, with its heading, what was asked, and its legend."""
    width, height = picture.width + 2 * MARGIN, picture.height + HEAD + FOOT + 2 * MARGIN
    foot = HEAD + MARGIN + picture.height + FOOT // 2
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f"font-family={quoteattr(FONT)}><title>{_text(title)}</title>"
        f'<rect width="{width}" height="{height}" fill="{PAPER_WHITE}"/>'
        f'<text x="{MARGIN}" y="{MARGIN + 22}" font-size="24" font-weight="700" fill="{INK}">'
        f"{_text(fitted(title, width - 2 * MARGIN, 24))}</text>"
        f'<text x="{MARGIN}" y="{MARGIN + 46}" font-size="14" fill="{INK}">'
        f"{_text(fitted(note, width - 2 * MARGIN, 14))}</text>"
        f'<g transform="translate({MARGIN} {HEAD + MARGIN})">{_body(picture, links)}</g>'
        f'<g transform="translate({MARGIN} {foot})">{legend()}</g></svg>\n'
    )


def legend_svg() -> str:
    """The legend by itself, for a page."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="app-landscape__legend" viewBox="0 0 {LEGEND_WIDTH} 24" '
        f'width="{LEGEND_WIDTH}" height="24" role="img" aria-label="Filled: verified by a public body. '
        f'Pale with a dark corner: supported by evidence. Dashed: no evidence." '
        f"font-family={quoteattr(FONT)}>{legend()}</svg>"
    )


def legend() -> str:
    """One cell of each kind with its words; 24 high."""
    parts, left = [], 0
    for support in (Support.VERIFIED, Support.SUPPORTED, Support.UNSUPPORTED):
        look = LOOKS[support]
        corner = _corner(28) if look.corner else ""
        parts.append(
            f'<g transform="translate({left} 0)"><rect x="1" y="1" width="26" height="22" {look.rectangle}/>{corner}'
            f'<text x="36" y="17" font-size="14" fill="#0b0c0c">{_text(support.label)}</text></g>'
        )
        left += 60 + round(text_width(support.label, 14))
    return "".join(parts)


# --- The parts --------------------------------------------------------------------------------------


def _body(picture: Picture, links: Links) -> str:
    return "".join(part for parent in picture.parents for part in _parent(parent, picture.zoom, links))


def _parent(placed: PlacedParent, zoom: Zoom, links: Links) -> Iterator[str]:
    box, parent = placed.box, placed.parent
    title = (
        f'<text x="{box.x + 10}" y="{box.y + 21}" font-size="15" font-weight="700" fill="{PAPER_WHITE}">'
        f"{_text(fitted(parent.name, box.width - 20, 15, bold=True))}</text>"
    )
    yield (
        f'<g><rect x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}" fill="{MIST}" stroke="{INK}"/>'
        f'<rect x="{box.x}" y="{box.y}" width="{box.width}" height="28" fill="{INK}"/>'
    )
    yield _link(links, parent.code, parent.name, title)
    for child in placed.children:
        yield from _child(child, zoom, links)
    yield "</g>"


def _child(placed: PlacedChild, zoom: Zoom, links: Links) -> Iterator[str]:
    box, child = placed.box, placed.child
    name = fitted(child.name, box.width - 12 - text_width(f"  {child.number}", 12), 12, bold=True)
    yield (
        f'<rect x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}" fill="{PAPER_WHITE}" '
        f'stroke="{LINE}"/>'
    )
    hit = f'<rect x="{box.x}" y="{box.y}" width="{box.width}" height="24" fill="none" pointer-events="all"/>'
    title = (
        f'{hit}<text x="{box.x + 5}" y="{box.y + 17}" font-size="12" fill="{INK}">'
        f'<tspan font-weight="700">{_text(name)}</tspan> {child.number}</text>'
    )
    spoken = f"{child.name}: {child.number} supplier{'' if child.number == 1 else 's'}"
    yield _link(links, child.code, spoken, title)
    yield f'<g font-size="{zoom.letters}">'
    yield from (_cell(cell, zoom, links) for cell in placed.cells)
    yield "</g>"
    if child.more:
        down = box.y + CHILD_TITLE + -(-len(child.entries) // in_a_row(box.width, zoom)) * zoom.cell_height
        yield f'<text x="{box.x + 5}" y="{down + MORE - 8}" font-size="12" fill="{INK}">and {child.more} more</text>'


def _cell(placed: Placed[Entry], zoom: Zoom, links: Links) -> str:
    """A link as large as the cell. Its whole name and what bears it out are its title."""
    box, entry = placed.box, placed.item
    look = LOOKS[entry.support]
    label = fitted(entry.name, box.width - 14, zoom.letters) if zoom.level > 1 else initials(entry.name)
    return (
        f'{links.anchor(links.supplier(entry.supplier))} transform="translate({box.x} {box.y})">'
        f"<title>{_text(entry.name)}: {entry.support.label.lower()}</title>"
        f'<rect x="1" y="1" width="{box.width - 2}" height="{box.height - 2}" {look.rectangle}/>'
        f"{_corner(box.width) if look.corner else ''}"
        f'<text x="5" y="{box.height // 2 + 4}" fill="{look.letters}">{_text(label)}</text></a>'
    )


def _corner(width: int) -> str:
    return f'<path d="M{width - 9} 1h8v8z" fill="#0e6b61"/>'


def _link(links: Links, code: str, title: str, inner: str) -> str:
    """What stands in a capability's title; it leads somewhere where the capability has a code."""
    if not code:
        return inner
    return f"{links.anchor(links.capability(code))}><title>{_text(title)}</title>{inner}</a>"


# --- Letters ----------------------------------------------------------------------------------------


def text_width(text: str, size: int, *, bold: bool = False) -> float:
    """How wide the text stands at most, in pixels: the fonts of readers differ."""
    share = sum(0.34 if char in NARROW else 0.92 if char in WIDE else 0.7 if char.isupper() else 0.58 for char in text)
    return share * size * (1.06 if bold else 1)


def fitted(text: str, width: float, size: int, *, bold: bool = False) -> str:
    """The text, cut with an ellipsis where it is too wide."""
    text = clean_text(text)
    if text_width(text, size, bold=bold) <= width:
        return text
    while text and text_width(text + "…", size, bold=bold) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def initials(name: str) -> str:
    """At most two letters, from words that are not a legal form."""
    words = [word.strip("()\"'.,-") for word in clean_text(name).split()]
    telling = [word for word in words if word and word.lower() not in LEGAL_FORMS] or [word for word in words if word]
    return "".join(word[0].upper() for word in telling[:2]) or "?"


def _text(text: object) -> str:
    return escape(clean_text(text))
