"""The links that stand on every page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import NoReverseMatch, reverse

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

PUBLIC = [
    ("Engagement", "engagement:request-list"),
    ("Techmap", "techmap:supplier-list"),
    ("Reporting", "reporting:contract-list"),
    ("Dens", "innovation_den:den-list"),
]
OWN = [("Your work", "engagement:work"), ("Notices", "notifications:inbox")]
COUNTED = "notifications:inbox"


@dataclass(frozen=True)
class Link:
    text: str
    url: str
    active: bool = False
    current: bool = False
    unread: Callable[[], int] | None = None


def find(name: str) -> str:
    """The address of a page by its name; empty where the portal has no such page."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def navigation(request: HttpRequest, *, signed_in: bool, unread: Callable[[], int]) -> list[Link]:
    """The service navigation. The link whose address is the longest start of this page's is active."""
    names = PUBLIC + (OWN if signed_in else [])
    pages = [(text, name, url) for text, name in names if (url := find(name))]
    here = max((url for _, _, url in pages if request.path.startswith(url)), key=len, default="")
    return [
        Link(
            text,
            url,
            active=url == here,
            current=url == request.path,
            unread=unread if name == COUNTED else None,
        )
        for text, name, url in pages
    ]
