"""The whole market counted: suppliers by capability and region, and how contracts are spread. Two statements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from portal.organisations.choices import SME_SIZES
from portal.records import Region
from techmap import search
from techmap.market import Cell, Contracts, Trade
from techmap.models import Capability
from techmap.search import tags
from techmap.search.query import SME

EVERYWHERE = ""
ALL = 0  # stands for all capabilities
KEY = "market:2"  # count it up when the meaning of what is kept changes
KEPT_FOR = 24 * 60 * 60
OLDEST = timedelta(minutes=10)
SUPPLIERS = """
SELECT tag, array_agg(place)
FROM (SELECT row_number() OVER (ORDER BY supplier_id)::int - 1 AS place, tags FROM techmap_searchrow) AS listed,
     unnest(tags) AS tag
WHERE tag = ANY(%s)
GROUP BY tag
"""
# One contract that bears out several capabilities is several rows, each with the whole value: for each
# capability, group and the whole market a source counts once for a supplier. Where several suppliers have the same
# source, they hold it together: each has an equal share of its value, whatever capability is looked at.
CONTRACTS = """
WITH piece AS (
    SELECT supplier_id, source, capability_id, capability.parent_id, value::float8,
           extract(year FROM dated)::int AS year
    FROM techmap_evidence AS evidence LEFT JOIN techmap_capability AS capability ON capability.id = capability_id
    WHERE value > 0
), winners AS (
    SELECT source, count(DISTINCT supplier_id) AS number FROM piece GROUP BY source
), contract AS (
    SELECT scope, source, supplier_id, max(value / number) AS value, max(year) AS year
    FROM piece JOIN winners USING (source), unnest(ARRAY[0, capability_id, parent_id]) AS scope
    WHERE scope IS NOT NULL
    GROUP BY scope, supplier_id, source
), held AS (
    SELECT scope, year, supplier_id, sum(value) AS value
    FROM contract GROUP BY GROUPING SETS ((scope, supplier_id), (scope, year, supplier_id))
), counted AS (
    SELECT scope, year, count(DISTINCT source)::int AS contracts
    FROM contract GROUP BY GROUPING SETS ((scope), (scope, year))
)
SELECT held.scope, held.year, contracts, count(*)::int, sum(value),
       coalesce(sum(value) FILTER (WHERE size = ANY(%s)), 0), 10000 * sum(value * value) / sum(value) ^ 2
FROM held
JOIN organisations_organisation AS supplier ON supplier.id = supplier_id
JOIN counted ON counted.scope = held.scope AND counted.year IS NOT DISTINCT FROM held.year
GROUP BY held.scope, held.year, contracts
"""


@dataclass(frozen=True)
class Market:
    """Everything that the pages of the market show, as it was at one moment."""

    at: datetime
    data_version: int
    cells: Mapping[tuple[int, str], Cell]  # by capability and region
    trade: Mapping[int, Trade]  # by capability

    def cell(self, capability: int, region: str = EVERYWHERE) -> Cell:
        return self.cells.get((capability, region), Cell())

    def trade_in(self, capability: int) -> Trade:
        return self.trade.get(capability, Trade())


def market_now(now: datetime) -> Market:
    """The market as it was last counted, at most ten minutes ago: the clock counts every five."""
    kept: Market | None = cache.get(KEY)
    return kept if kept and now - kept.at < OLDEST else count_market(now)


def count_market(now: datetime) -> Market:
    """Count anew and keep it for everybody. Where nothing has changed since the last count, that still holds."""
    version = search.data_version()  # read first: what changes meanwhile is then counted next time
    kept: Market | None = cache.get(KEY)
    if kept is not None and kept.data_version == version:
        market = replace(kept, at=now)
    else:
        market = Market(now, version, _cells(), _trade())
    cache.set(KEY, market, KEPT_FOR)
    return market


# --- Suppliers -------------------------------------------------------------------------------------


def _cells() -> dict[tuple[int, str], Cell]:
    """Each supplier counts where the search finds it, so that the list that a cell leads to has as many."""
    capabilities = list(Capability.objects.in_use().values_list("pk", flat=True))
    columns = [tags.listed("region", region) for region in Region.values]
    sme = tags.listed("size", SME)
    places = _places([*map(tags.capability, capabilities), *columns, sme])
    size = max((int(found.max()) + 1 for found in places.values()), default=0)
    # A column for each region and one for everywhere; then the same of small and medium firms alone.
    regions = np.column_stack([*(_bits(places, tag, size) for tag in columns), np.ones(size, np.float32)])
    smes = regions * _bits(places, sme, size)[:, None]
    cells: dict[tuple[int, str], Cell] = {}
    for pk in capabilities:
        rows = places.get(tags.capability(pk))
        if rows is not None:
            counts = zip([*Region.values, EVERYWHERE], regions[rows].sum(axis=0), smes[rows].sum(axis=0), strict=True)
            cells |= {(pk, region): Cell(int(number), int(small)) for region, number, small in counts}
    return cells


def _places(wanted: list[int]) -> dict[int, npt.NDArray[np.int64]]:
    """For each tag the suppliers that have it, numbered from 0 in one order for all."""
    with connection.cursor() as cursor:
        cursor.execute(SUPPLIERS, [wanted])
        return {tag: np.array(found, np.int64) for tag, found in cursor.fetchall()}


def _bits(places: Mapping[int, npt.NDArray[np.int64]], tag: int, size: int) -> npt.NDArray[np.float32]:
    bits = np.zeros(size, np.float32)
    if tag in places:
        bits[places[tag]] = 1
    return bits


# --- Contracts -------------------------------------------------------------------------------------


def _trade() -> dict[int, Trade]:
    with connection.cursor() as cursor:
        cursor.execute(CONTRACTS, [list(SME_SIZES)])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    found: dict[int, dict[int | None, Contracts]] = {}
    for scope, year, *figures in rows:
        found.setdefault(scope, {})[year] = Contracts(*figures)
    return {
        scope: Trade(years[None], {year: contracts for year, contracts in years.items() if year is not None})
        for scope, years in found.items()
    }


def today_of(market: Market) -> date:
    return timezone.localdate(market.at)
