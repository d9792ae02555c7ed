"""Who could be in a combination, and what bears each of them out: three queries, however many suppliers there are."""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from django.db import connection

from portal.records import Region
from techmap import support
from techmap.choices import Support
from techmap.combination import ABSENT, Aim, Market, Question, steps_of
from techmap.models import Capability, Evidence
from techmap.search import tags
from techmap.search.plan import order_key

# The levels of `Market`, by place.
LEVELS = (Support.UNSUPPORTED, Support.SUPPORTED, Support.VERIFIED)
Ids = npt.NDArray[np.int64]
BY_TAG = """
SELECT tag, array_agg(supplier_id)
FROM techmap_searchrow, unnest(tags) AS tag
WHERE tags && %(capabilities)s::int[] AND (tags && %(regions)s::int[] OR %(anywhere)s) AND tag = ANY(%(read)s)
GROUP BY tag
"""


@dataclass(frozen=True)
class Asked:
    """The question as it stands in the address: sorted, so that equal questions are equal."""

    must: tuple[str, ...]  # codes of capabilities
    nice: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    least: str = Support.UNSUPPORTED.value
    most_firms: int = 5
    first: str = Aim.FIRMS.value
    sme_share: int = 0
    firm_share: int = 100

    @property
    def question(self) -> Question:
        """Each capability is needed once in each of the regions."""
        times = max(len(self.regions), 1)
        return Question(
            must=len(self.must) * times,
            nice=len(self.nice) * times,
            least=LEVELS.index(Support(self.least)),
            most_firms=self.most_firms,
            first=Aim(self.first),
            sme_share=self.sme_share,
            firm_share=self.firm_share,
        )

    @property
    def places(self) -> list[tuple[str, str]]:
        """The capability and the region of each need, by its number; no region where none was asked for."""
        return [(code, region) for code in (*self.must, *self.nice) for region in self.regions or ("",)]


def market_for(asked: Asked, today: date) -> Market:
    """Everybody whom the techmap lists with one of the capabilities in one of the regions.

    A supplier delivers where the search says that it does, and offers what the search finds it by.
    """
    capabilities = [*Capability.objects.in_bulk(asked.must + asked.nice, field_name="code").values()]
    by_code = {item.code: item.pk for item in capabilities}
    suppliers = _suppliers_by_tag(by_code.values(), asked.regions)
    ids = _all_of(suppliers.get(tags.capability(pk)) for pk in by_code.values())
    proof = _proof(by_code.values(), today)
    levels, steps = np.full((len(ids), len(by_code)), ABSENT, np.int8), np.zeros((len(ids), len(by_code)), np.int8)
    column = {code: number for number, code in enumerate(by_code)}
    for code, pk in by_code.items():
        rows = np.searchsorted(ids, suppliers.get(tags.capability(pk), _none()))
        found = [proof.get((int(supplier), pk), (0, 0)) for supplier in ids[rows]]
        if found:
            levels[rows, column[code]], steps[rows, column[code]] = np.array(found, np.int8).T
    offered = [column[code] for code, _ in asked.places]
    levels, steps = levels[:, offered], steps[:, offered]
    for need, (_, region) in enumerate(asked.places):
        if region:
            away = ~np.isin(ids, suppliers.get(tags.listed("region", region), _none()))
            levels[away, need], steps[away, need] = ABSENT, 0
    is_sme = np.isin(ids, suppliers.get(tags.listed("size", "sme"), _none()))
    return Market(ids, is_sme, _turns(ids, today), levels, steps)


def _suppliers_by_tag(capabilities: Iterable[int], regions: Sequence[str]) -> Mapping[int, Ids]:
    wanted = [tags.capability(pk) for pk in capabilities]
    places = [tags.listed("region", region) for region in regions]
    values = {
        "capabilities": wanted,
        "regions": places,
        "anywhere": not places,
        "read": [*wanted, *places, tags.listed("size", "sme")],
    }
    with connection.cursor() as cursor:
        cursor.execute(BY_TAG, values)
        return {tag: np.sort(np.array(ids, np.int64)) for tag, ids in cursor.fetchall()}


def _all_of(lists: Iterable[Ids | None]) -> Ids:
    given = [ids for ids in lists if ids is not None]
    return np.unique(np.concatenate(given)) if given else _none()


def _none() -> Ids:
    return np.zeros(0, np.int64)


def _proof(capabilities: Iterable[int], today: date) -> dict[tuple[int, int], tuple[int, int]]:
    """By supplier and capability: the level of support today, and the steps of evidence."""
    pieces: dict[tuple[int, int], list[support.Fact]] = defaultdict(list)
    fact = lru_cache(maxsize=None)(support.Fact)
    rows = Evidence.objects.filter(capability__in=list(capabilities)).order_by()
    for supplier, capability, *about in rows.values_list("supplier", "capability", "kind", "is_guessed", "dated"):
        pieces[supplier, capability].append(fact(*about))
    return {
        pair: (LEVELS.index(support.support_of(facts, today)), steps_for(facts, today))
        for pair, facts in pieces.items()
    }


def steps_for(pieces: Iterable[support.Piece], today: date) -> int:
    return steps_of(math.fsum(support.weight_of(piece, today) for piece in pieces))


def _turns(ids: Ids, today: date) -> npt.NDArray[np.int64]:
    """Today's published order: by the hash of the day and the supplier's number, as in the search."""
    day = order_key(today)
    hashes = [hashlib.md5(f"{day}{pk}".encode(), usedforsecurity=False).hexdigest()[:15] for pk in ids.tolist()]
    return np.array([int(text, 16) for text in hashes], np.int64)


def region_name(code: str) -> str:
    return Region(code).label if code else ""
