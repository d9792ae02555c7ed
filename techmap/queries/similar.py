"""Suppliers like one supplier: those that share with it what few others have."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.cache import cache
from django.db import connection

from portal.organisations.models import Organisation
from techmap.models import SearchRow
from techmap.search import tags
from techmap.search.facets import LISTED
from techmap.search.plan import order_key
from techmap.search.vocabulary import Vocabulary, vocabulary

WANTED = 5
RARE = 5_000  # what more suppliers have says nothing of likeness
LOOKED_AT = 2_000  # suppliers, about: they share one of the rarest things; more take too long
REASONS = 3
SHARED = {"sector", "accreditation"}  # of the facets that come with the code
COUNTED_FOR = 24 * 60 * 60
COUNTS = "SELECT tag, count(*)::int FROM techmap_searchrow, unnest(tags) AS tag GROUP BY tag"
ALIKE = """
SELECT supplier_id, tags
FROM (
    SELECT supplier_id, tags, (
        SELECT sum(weight)
        FROM unnest(%(tags)s::int[], %(weights)s::float8[]) AS own (tag, weight) WHERE tag = ANY(tags)
    ) AS score
    FROM techmap_searchrow WHERE tags && %(rarest)s::int[] AND supplier_id <> %(supplier)s
) AS alike
ORDER BY score DESC, md5(%(day)s || supplier_id) COLLATE "C", supplier_id
LIMIT %(limit)s
"""


@dataclass(frozen=True)
class Similar:
    supplier: Organisation
    shared: tuple[str, ...]  # the rarest things that both have, the rarest first


def similar_to(supplier: Organisation, today: date) -> list[Similar]:
    """The five that share most with it, each thing weighing the more the fewer have it; equals by the day's order.

    What is shared is capabilities, sectors, frameworks and certificates, as the search knows them: of
    suppliers that are not verified only what notices say. Four queries, and one more once a day.
    """
    row = SearchRow.objects.filter(pk=supplier.pk).values_list("tags", flat=True).first()
    names = _names(row or [], vocabulary())
    counts = _counts(today)
    weights = {tag: math.log1p(counts[0] / counts.get(tag, 1)) for tag in names if counts.get(tag, 1) < RARE}
    if not weights:
        return []
    found = _alike(supplier.pk, weights, counts, today)
    suppliers = Organisation.objects.in_bulk([pk for pk, _ in found])
    return [
        Similar(suppliers[pk], tuple(names[tag] for tag in shared[:REASONS])) for pk, shared in found if pk in suppliers
    ]


def _alike(
    supplier: int, weights: Mapping[int, float], counts: Mapping[int, int], today: date
) -> list[tuple[int, list[int]]]:
    values: dict[str, Any] = {
        "tags": list(weights),
        "weights": list(weights.values()),
        "rarest": _rarest(weights, counts),
        "supplier": supplier,
        "day": order_key(today),
        "limit": WANTED,
    }
    with connection.cursor() as cursor:
        cursor.execute(ALIKE, values)
        rarest_first = sorted(weights, key=lambda tag: (-weights[tag], tag))
        return [(pk, [tag for tag in rarest_first if tag in set(own)]) for pk, own in cursor.fetchall()]


def _rarest(weights: Mapping[int, float], counts: Mapping[int, int]) -> list[int]:
    """The rarest of its tags, as many as lead to about `LOOKED_AT` suppliers: the first always."""
    chosen: list[int] = []
    room = LOOKED_AT
    for tag in sorted(weights, key=lambda tag: (counts.get(tag, 1), tag)):
        room -= counts.get(tag, 1)
        if chosen and room < 0:
            break
        chosen.append(tag)
    return chosen


def _counts(today: date) -> dict[int, int]:
    """How many suppliers have each tag, counted once a day; under 0, how many suppliers there are."""
    key = f"tag-counts:{today.isoformat()}"
    kept: dict[int, int] | None = cache.get(key)
    if kept is None:
        with connection.cursor() as cursor:
            cursor.execute(COUNTS)
            kept = {0: SearchRow.objects.count()} | dict(cursor.fetchall())
        cache.set(key, kept, COUNTED_FOR)
    return kept


def _names(own: list[int], known: Vocabulary) -> dict[int, str]:
    """What can be shared, with how it is called: a group of capabilities says less than its parts, and is left out."""
    called = {tags.capability(item.pk): item.name for item in known.capabilities if item.parent}
    called |= {tags.framework(item.pk): item.name for item in known.frameworks}
    for facet in SHARED:
        called |= {tags.listed(facet, value): label for value, label in LISTED[facet].items()}
    return {tag: called[tag] for tag in own if tag in called}
