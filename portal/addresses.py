"""Addresses of pages that lists show by the dozen."""

from __future__ import annotations

from functools import lru_cache

from django.urls import get_script_prefix, reverse


def address(name: str, *args: str | int) -> str:
    """What `reverse` says, remembered: the same name and arguments always have the same address."""
    return _reversed(get_script_prefix(), name, args)


@lru_cache(maxsize=10_000)
def _reversed(_prefix: str, name: str, args: tuple[str | int, ...]) -> str:
    return reverse(name, args=args)
