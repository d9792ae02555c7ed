"""Which of the 12 regions a published place lies in, where the notice says so itself."""

from __future__ import annotations

import re
from collections.abc import Iterable

from portal.ocds.text import fold
from portal.records import Region

_NUTS = re.compile(r"(?:UK|TL)([C-N])[A-Z0-9]{0,3}", re.IGNORECASE)
_NAMES = {fold(region.label): region for region in Region} | {
    "yorkshire and humber": Region.YORKSHIRE,
    "yorkshire & the humber": Region.YORKSHIRE,
    "yorkshire and the humberside": Region.YORKSHIRE,
    "east": Region.EAST,
    "greater london": Region.LONDON,
}


def region_of(text: str) -> Region | None:
    """A region by its name, or by its NUTS or ITL code at any level: both use the same letter (UKL14 is in Wales)."""
    name = fold(text).removesuffix(" (england)").removesuffix(", england")
    if name in _NAMES:
        return _NAMES[name]
    code = _NUTS.fullmatch(text.strip())
    return Region(f"TL{code[1].upper()}") if code else None


def only_region(texts: Iterable[str]) -> str:
    """The one region that all the places lie in; nothing where they lie in several, or one lies in none."""
    regions = {region_of(text) for text in texts if text}
    found = regions.pop() if len(regions) == 1 else None
    return found or ""
