"""Pages of other rooms about a supplier, which its own page leads to. A room registers them in `AppConfig.ready()`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portal.organisations.models import Organisation

    Finder = Callable[[Organisation], "Link | None"]


@dataclass(frozen=True)
class Link:
    """One page about a supplier, and what it is called."""

    label: str
    url: str


_finders: list[Finder] = []


def register_supplier_link(finder: Finder) -> Finder:
    """Be asked for a page about each supplier that is looked at; None where there is nothing to read. Twice counts
    once."""
    if finder not in _finders:
        _finders.append(finder)
    return finder


def links_of(supplier: Organisation) -> list[Link]:
    return [link for finder in _finders if (link := finder(supplier))]
