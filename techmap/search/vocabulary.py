"""Capabilities and frameworks as the search needs them: in memory, read again when one of them changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db import connection

from techmap.models import Capability, Framework
from techmap.search import lexemes, tags
from techmap.search.words import folded

VERSION = """
SELECT (SELECT concat_ws(' ', max(updated_at), max(id), count(*)) FROM techmap_capability),
       (SELECT md5(string_agg(concat_ws('|', id, code, name), ',' ORDER BY id)) FROM techmap_framework)
"""


@dataclass(frozen=True)
class Known:
    """One capability or framework."""

    pk: int
    code: str
    name: str
    parent: str = ""  # code


@dataclass(frozen=True)
class Vocabulary:
    capabilities: tuple[Known, ...]  # each parent before what it holds
    frameworks: tuple[Known, ...]
    named: tuple[tuple[frozenset[str], int], ...]  # the lexemes of each name and alias, and what they name
    having: dict[str, frozenset[int]]  # which capabilities have a lexeme among their names
    by_code: dict[tuple[str, str], Known]  # by facet and code

    def tag(self, facet: str, value: str, support: str = "") -> int:
        """The number of a facet's value; of a capability perhaps with a support. `tags.NOTHING` where unknown."""
        if facet not in {"capability", "framework"}:
            return tags.listed(facet, value)
        known = self.by_code.get((facet, value))
        if known is None:
            return tags.NOTHING
        return tags.framework(known.pk) if facet == "framework" else tags.capability(known.pk, support)

    def named_by(self, words: frozenset[str]) -> list[int]:
        """Capabilities whose whole name or alias is among the lexemes; of two that overlap the longer name."""
        found = [(own, pk) for own, pk in self.named if own <= words]
        return sorted({pk for own, pk in found if not any(own < other for other, _ in found)})


def vocabulary() -> Vocabulary:
    """One query, and more only after a change."""
    with connection.cursor() as cursor:
        cursor.execute(VERSION)
        return _read(cursor.fetchone())


@lru_cache(maxsize=2)
def _read(version: tuple[Any, ...]) -> Vocabulary:
    rows = list(Capability.objects.by_parent())
    capabilities = tuple(_with_parents(rows))
    frameworks = tuple(Known(item.pk, item.code, item.name) for item in Framework.objects.all())
    by_code = {("capability", item.code): item for item in capabilities}
    by_code |= {("framework", item.code): item for item in frameworks}
    texts = [(folded(text), item.pk) for item in rows for text in (item.name, *item.aliases)]
    found = lexemes.lexemes_in([text for text, _ in texts])
    named = tuple((own, pk) for own, (_, pk) in zip(found, texts, strict=True) if own)
    having: dict[str, set[int]] = {}
    for own, pk in named:
        for lexeme in own:
            having.setdefault(lexeme, set()).add(pk)
    return Vocabulary(
        capabilities, frameworks, named, {lexeme: frozenset(pks) for lexeme, pks in having.items()}, by_code
    )


def _with_parents(rows: Iterable[Capability]) -> Iterable[Known]:
    """Every parent, then what it holds, both in the order of the taxonomy."""
    below: dict[int, list[Capability]] = {}
    parents = []
    for item in rows:
        if item.parent_id is None:
            parents.append(item)
        else:
            below.setdefault(item.parent_id, []).append(item)
    for parent in sorted(parents, key=lambda item: (item.position, item.name)):
        yield Known(parent.pk, parent.code, parent.name)
        for item in below.get(parent.pk, []):
            yield Known(item.pk, item.code, item.name, parent.code)
