"""The cost explorer: what a kind of service costs to build and to run, from published contracts alone."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from portal.charts import boxes_chart, chart_svg
from portal.http import PortalRequest
from portal.sheets import csv_response, xlsx_response
from reporting.comparison.costs import (
    BY,
    DAY_RATE,
    MEASURES,
    Explored,
    Line,
    Sample,
    categories_of,
    explore,
    explore_values,
)
from reporting.comparison.prices import Prices, deflator
from reporting.comparison.statistics import FEWEST_CONTRACTS, FEWEST_FOR_ENDS, FEWEST_SUPPLIERS
from reporting.forms.comparison import CostForm
from reporting.queries.costs import MOST_CONTRACTS, MOST_RETURNS, day_rates, samples_of
from techmap.exports import limited

FILES = {"csv": csv_response, "xlsx": xlsx_response}
HEADINGS = [
    *("Show", "By", "Group", "Contracts", "Suppliers", "Lowest, £", "Lower quartile, £", "Median, £"),
    *("Upper quartile, £", "Highest, £", "Prices", "As of", "Address"),
]
COLUMNS = ("Contracts", "Suppliers", "Lowest", "Lower quartile", "Median", "Upper quartile", "Highest")
MOST_BOXES = 15  # in the picture; the table has them all
NAMES = ("measure", "by", "category", "phase", "size", "prices")


@require_safe
def cost_explorer(http: PortalRequest) -> HttpResponseBase:
    """`?measure=run&by=category&category=&phase=&size=&prices=`; `download=csv` gives the table as a file."""
    asked = _asked(http)
    download = http.GET.get("download", "")
    if download in FILES and asked["lines"]:
        return _file(http, download, asked)
    return render(http, "reporting/cost_explorer.html", asked)


@require_safe
@cache_control(max_age=300)
def cost_chart(http: PortalRequest) -> HttpResponse:
    """The same as boxes. Its figures stand in the table beside it."""
    asked = _asked(http)
    if not asked["lines"]:
        raise Http404
    unit, of = ("£", 1) if asked["pence"] else ("£ thousand", 1_000)
    boxes = [_box(line, of) for line in asked["lines"][:MOST_BOXES]]
    spec = boxes_chart(boxes, across=f"{asked['label']}, {unit}", number=",.3~r")
    return HttpResponse(chart_svg(spec), content_type="image/svg+xml")


def _asked(http: PortalRequest) -> dict[str, Any]:
    moment = timezone.now()
    samples = samples_of(moment)
    form = CostForm(http.GET, sorted({name for one in samples for name in categories_of(one.kind)}))
    prices = Prices(form.said("prices"))
    chosen = _chosen(samples, form)
    name, by = form.said("measure", "run"), form.said("by", "category")
    found = _found(chosen, name, by, prices)
    measure = MEASURES.get(name)
    query = urlencode([(field, form.said(field)) for field in NAMES if form.said(field)])
    return {
        "form": form,
        "found": found,
        "lines": [*([found.whole] if found.whole else []), *found.lines],
        "label": measure.label if measure else "Day rate",
        "how": measure.how if measure else f"What a day cost, in the {MOST_RETURNS} newest returns of each contract.",
        "by": BY[by][0] if measure else "Role",
        "pence": measure.pence if measure else True,
        "is_filtered": any(form.said(field) for field in ("category", "phase", "size")),
        "prices": prices,
        "contracts": len(chosen),
        "most_contracts": MOST_CONTRACTS if len(samples) == MOST_CONTRACTS else 0,
        "moment": moment,
        "fewest": {"contracts": FEWEST_CONTRACTS, "suppliers": FEWEST_SUPPLIERS, "ends": FEWEST_FOR_ENDS},
        "deflator": deflator(),
        "headings": COLUMNS,
        "query": query,
        "downloads": [(kind.upper(), f"?{query}{'&' if query else ''}download={kind}") for kind in FILES],
    }


def _chosen(samples: list[Sample], form: CostForm) -> list[Sample]:
    category, phase, size = (form.said(name) for name in ("category", "phase", "size"))
    return [
        one
        for one in samples
        if (not category or category in categories_of(one.kind))
        and (not phase or phase in one.kind.phases)
        and (not size or size in one.kind.bands)
    ]


def _found(samples: list[Sample], name: str, by: str, prices: Prices) -> Explored:
    if name == DAY_RATE:
        return explore_values(day_rates(samples, timezone.now(), prices))
    return explore(samples, MEASURES[name], by, prices)


def _box(line: Line, of: int) -> tuple[str, float, float, float, float | None, float | None]:
    figures = line.figures
    low, middle, high = (float(value / of) for value in (figures.low, figures.middle, figures.high))
    lowest, highest = (None if end is None else float(end / of) for end in (figures.lowest, figures.highest))
    return line.label, low, middle, high, lowest, highest


@limited
def _file(http: PortalRequest, kind: str, asked: dict[str, Any]) -> HttpResponseBase:
    address = http.build_absolute_uri(f"{reverse('reporting:cost-explorer')}?{asked['query']}")
    state = [asked["prices"].words, asked["moment"], address]
    rows = ([asked["label"], asked["by"], *_figures(line), *state] for line in asked["lines"])
    return FILES[kind](f"Costs {asked['moment']:%Y-%m-%d}", HEADINGS, rows)


def _figures(line: Line) -> list[Any]:
    spread = line.figures
    figures = (spread.lowest, spread.low, spread.middle, spread.high, spread.highest)
    return [line.label, line.contracts, line.suppliers, *(None if one is None else round(one, 2) for one in figures)]
