"""What a notice seems to buy."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from django.db.models import Count, Max

from techmap.guessing import Index, build_index
from techmap.models import Capability


def guess_capabilities(*, cpv_codes: Iterable[str], text: str) -> list[Capability]:
    """What a notice seems to buy, the strongest first, at most five; often nothing.

    The first line of `text` is its title. CPV codes come first, the longest match leading; then
    names and aliases in the words. Notices of building, catering, care and the like give none. The
    capabilities are shared between callers: read them, don't change them.
    """
    return _index(_taxonomy_version()).guess(cpv_codes, text)


def guesser() -> Callable[[str], list[Capability]]:
    """The same by words alone, for many texts in a row: the taxonomy is read once."""
    index = _index(_taxonomy_version())
    return lambda text: index.guess([], text)


def _taxonomy_version() -> tuple[Any, ...]:
    """Changes with every change of the taxonomy, so that no process guesses by an old one."""
    state = Capability.objects.aggregate(changed=Max("updated_at"), last=Max("pk"), number=Count("pk"))
    return tuple(state.values())


@lru_cache(maxsize=2)
def _index(version: tuple[Any, ...]) -> Index:
    return build_index(Capability.objects.offered())
