"""Gaps and concentration: where the market is thin, and where few suppliers have most of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from portal.charts import bar_chart, chart_svg, line_chart
from portal.records import Region
from portal.sheets import csv_response, xlsx_response
from techmap.exports import limited
from techmap.market import FEW, FEWEST_CONTRACTS, HIGHLY, Cell, Trade
from techmap.models import Capability
from techmap.permissions import can_keep_shortlists
from techmap.queries.market import EVERYWHERE, Market, market_now, today_of

FILES = {"csv": csv_response, "xlsx": xlsx_response}
HEADINGS = [
    *("Group", "Capability", "Code", "Region", "Suppliers", "Small and medium, %"),
    *("Contracts in all regions", "Value of contracts, £", "Herfindahl index", "In words"),
]


@dataclass(frozen=True)
class Square:
    """One cell of the grid, and the list that it leads to."""

    cell: Cell
    region: str
    url: str


@dataclass(frozen=True)
class Row:
    capability: Capability
    squares: list[Square]
    total: Square
    trade: Trade

    @property
    def has_gap(self) -> bool:
        return any(square.cell.is_gap for square in self.squares)


@require_safe
def market(http: HttpRequest) -> HttpResponse:
    """Groups by region; `?group=` opens one of them into the capabilities that it holds."""
    now = market_now(timezone.now())
    capabilities = Capability.objects.in_use()
    parents = list(capabilities.parents())
    opened = next((item for item in parents if item.code == http.GET.get("group")), None)
    context = {
        "rows": [_row(now, item) for item in parents],
        "opened": opened.code if opened else "",
        "children": [_row(now, item) for item in capabilities.filter(parent=opened)] if opened else [],
        "regions": Region.choices,
    }
    return render(http, "techmap/market/grid.html", context | _common(http, now))


@require_safe
def market_capability(http: HttpRequest, code: str) -> HttpResponse:
    """One capability or group: where it is thin, and how its contracts are spread over suppliers and years."""
    capability = get_object_or_404(Capability.objects.in_use().select_related("parent"), code=code)
    now = market_now(timezone.now())
    row = _row(now, capability)
    years = row.trade.years(today_of(now).year)
    context = {
        "capability": capability,
        "row": row,
        "gaps": [square for square in row.squares if square.cell.is_gap],
        "children": [_row(now, item) for item in capability.children.filter(is_retired=False)],
        "years": years,
        "has_index": any(item.contracts.index is not None for item in years),
    }
    return render(http, "techmap/market/capability.html", context | _common(http, now))


@require_safe
@cache_control(max_age=300)
def market_chart(http: HttpRequest, code: str, chart: str) -> HttpResponse:
    """The trend as a picture. Its figures stand in the table beside it."""
    capability = get_object_or_404(Capability.objects.in_use(), code=code)
    now = market_now(timezone.now())
    years = now.trade_in(capability.pk).years(today_of(now).year)
    if not years or chart not in CHARTS:
        raise Http404
    return HttpResponse(chart_svg(CHARTS[chart](years)), content_type="image/svg+xml")


@require_safe
@limited
def market_download(http: HttpRequest, format: str) -> HttpResponseBase:
    """The whole grid, both levels, a line for each capability and region."""
    if format not in FILES:
        raise Http404
    now = market_now(timezone.now())
    return FILES[format]("Gaps and concentration", HEADINGS, _lines(now))


# --- Parts -----------------------------------------------------------------------------------------


def _common(http: Any, now: Market) -> dict[str, Any]:
    membership = http.membership
    return {
        "at": now.at,
        "few": FEW,
        "fewest_contracts": FEWEST_CONTRACTS,
        "may_engage": bool(membership) and can_keep_shortlists(http.user, membership.organisation),
    }


def _row(now: Market, capability: Capability) -> Row:
    squares = [_square(now, capability, region) for region in Region.values]
    return Row(capability, squares, _square(now, capability, EVERYWHERE), now.trade_in(capability.pk))


def _square(now: Market, capability: Capability, region: str) -> Square:
    asked = {"capability": capability.code} | ({"region": region} if region else {})
    label = Region(region).label if region else "United Kingdom"
    return Square(now.cell(capability.pk, region), label, f"{reverse('techmap:supplier-list')}?{urlencode(asked)}")


def _lines(now: Market) -> Iterator[list[Any]]:
    for item in Capability.objects.in_use().select_related("parent").order_by("parent__position", "position", "name"):
        trade = now.trade_in(item.pk).all
        about = [item.parent.name if item.parent else "", item.name, item.code]
        for region in ["", *Region.values]:
            cell = now.cell(item.pk, region)
            place = [Region(region).label if region else "United Kingdom", cell.suppliers, cell.sme_share]
            yield [*about, *place, trade.contracts, round(trade.value), trade.index, trade.words]


def _value_chart(years: list[Any]) -> dict[str, Any]:
    points = [(str(item.year), item.contracts.value / 1_000_000) for item in years]
    return bar_chart(points, across="Year of the contract", up="Value, £ million", number=",.3~g")


def _index_chart(years: list[Any]) -> dict[str, Any]:
    points = [(str(item.year), item.contracts.index) for item in years]
    return line_chart(points, across="Year of the contract", up="Herfindahl index", least_top=HIGHLY)


CHARTS: Mapping[str, Any] = {"value": _value_chart, "concentration": _index_chart}
