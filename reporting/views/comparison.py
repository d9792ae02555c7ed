"""Schemes and contracts side by side. The address holds all that is asked, so that it can be kept and sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from portal.charts import bars_across, chart_svg, dots_chart, lines_chart
from portal.govuk.formats import day
from portal.http import PortalRequest
from portal.sheets import csv_response, xlsx_response
from reporting.comparison.asked import MOST, PEERS, Asked
from reporting.comparison.cells import Section
from reporting.comparison.figures import GROUPS, Unit
from reporting.comparison.prices import deflator
from reporting.comparison.statistics import FEWEST_PEERS
from reporting.comparison.steps import Step, thinned
from reporting.forms.comparison import asked_of
from reporting.queries.compared import Compared, compared, over_time
from reporting.queries.comparison import Subject, find
from techmap.exports import limited

FILES: dict[str, Callable[..., HttpResponseBase]] = {"csv": csv_response, "xlsx": xlsx_response}
LETTERS = "ABCDEFGHIJKL"
MOST_SUGGESTED = 10
HEADINGS = [
    *("Group", "Figure", "Unit", "Kind", "Name", "Code", "Value", "In words", "Source", "Contracts that report"),
    *("Contracts", "Percentile among peers", "Peers", "Why no percentile", "As known on", "Prices", "Address"),
]


@require_safe
def compare(http: PortalRequest) -> HttpResponseBase:
    """`?scheme=a&contract=b&known=2027-03-01&prices=2025-26&peers=size`; `download=csv` gives the same as a file."""
    asked, form = asked_of(http.GET)
    found = compared(http.user, asked)
    sections = found.sections if found.columns else []
    download = http.GET.get("download", "")
    if download in FILES and sections:
        return _file(http, download, found, sections, asked)
    series = over_time(found, asked.prices)
    context = {
        "asked": asked,
        "form": form,
        "found": found,
        "sections": sections,
        "heads": _heads(found, asked),
        "beyond": [(one, _address(asked.without(*one.key))) for one in found.choice.beyond],
        "suggested": _suggested(found, asked),
        "charts": _charts(found, asked, series),
        "has_variance": _has(sections, "variance_share"),
        "has_places": _has_places(sections),
        "has_returns": bool(found.choice.own),
        "groups": GROUPS,
        "most": MOST,
        "fewest_peers": FEWEST_PEERS,
        "peer_words": PEERS[asked.peers][1],
        "wider": _wider(asked),
        "deflator": deflator(),
        "downloads": [(kind.upper(), f"{_address(asked)}&download={kind}") for kind in FILES],
    }
    return render(http, "reporting/compare.html", context | _adding(http, asked))


@require_safe
@cache_control(private=True, max_age=60)
def compare_chart(http: PortalRequest, chart: str) -> HttpResponse:
    """One of the comparison's pictures. Its figures stand in the table beside it."""
    asked, _form = asked_of(http.GET)
    if chart not in CHARTS or not asked.size:
        raise Http404
    found = compared(http.user, asked, with_peers=chart == "places")
    if not found.columns:
        raise Http404
    return HttpResponse(chart_svg(CHARTS[chart](found, asked)), content_type="image/svg+xml")


# --- Parts of the page ------------------------------------------------------------------------------


def _address(asked: Asked) -> str:
    query = asked.query()
    return reverse("reporting:compare") + (f"?{query}" if query else "")


def _heads(found: Compared, asked: Asked) -> list[dict[str, Any]]:
    return [
        {
            "letter": letter,
            "subject": subject,
            "remove": _address(asked.without(*subject.key)),
            "contracts": len(subject.contracts),
            "private_words": _private_words(subject),
            "peers": len(column.peers.peers),
            "why_none": "" if column.peers.has_kind else "Neither its capabilities nor its CPV codes are known",
            "returns_url": _returns_url(subject) if subject.private else "",
        }
        for letter, (subject, column) in zip(LETTERS, found.pairs, strict=False)
    ]


def _private_words(subject: Subject) -> str:
    hidden = sum(not one.is_published for one in subject.contracts)
    if not hidden:
        return ""
    if subject.kind == "contract":
        return "Not published: only you and the other party see this"
    return f"{hidden} of them not published: only you and the other party see this"


def _returns_url(subject: Subject) -> str:
    """The list of returns of one contract; of a scheme, its page."""
    if subject.kind == "scheme":
        return subject.url
    return f"{reverse('reporting:return-list')}?{urlencode({'q': subject.contracts[0].number})}"


def _has(sections: list[Section], name: str) -> bool:
    return any(row.figure.name == name and not row.is_empty for section in sections for row in section.rows)


def _suggested(found: Compared, asked: Asked) -> list[tuple[str, str, str]]:
    """Peers that are not chosen yet: title, reference, and the address with them."""
    chosen = set(asked.contracts)
    titles = {
        peer.reference: peer.title
        for column in found.columns
        for peer in column.peers.peers
        if peer.reference not in chosen
    }
    suggested = list(titles.items())[:MOST_SUGGESTED]
    return [(title, code, _address(asked.with_one("contract", code))) for code, title in suggested]


def _wider(asked: Asked) -> list[tuple[str, str]]:
    return [(words, _address(asked.with_peers(code))) for code, (_, words) in PEERS.items() if code != asked.peers]


def _adding(http: PortalRequest, asked: Asked) -> dict[str, Any]:
    """What a search by words finds, each with the address that adds it."""
    words = " ".join(http.GET.get("q", "").replace("\x00", "").split())[:200]
    schemes, contracts = find(http.user, words, asked) if words else ([], [])
    return {
        "words": words,
        "is_full": asked.size >= MOST,
        "schemes": [(one, _address(asked.with_one("scheme", one.code))) for one in schemes],
        "contracts": [(one, _address(asked.with_one("contract", one.reference))) for one in contracts],
    }


def _has_places(sections: list[Section]) -> bool:
    return any(cell.place.percentile is not None for one in sections for row in one.rows for cell in row.cells)


# --- Charts -----------------------------------------------------------------------------------------


def _charts(found: Compared, asked: Asked, series: dict[tuple[str, str], list[Step]]) -> list[dict[str, Any]]:
    """A picture of spend over time for each column that has one, and its figures."""
    return [
        {
            "letter": letter,
            "subject": subject,
            "baseline": column.parts.get("baseline"),
            "steps": thinned(series[subject.key]),
            "url": f"{reverse('reporting:compare-chart', args=['spend'])}?{asked.only(*subject.key).query()}",
        }
        for letter, (subject, column) in zip(LETTERS, found.pairs, strict=False)
        if series[subject.key]
    ]


def _in_thousands(value: Any) -> float | None:
    return None if value is None else float(value) / 1000


def _spend_chart(found: Compared, asked: Asked) -> dict[str, Any]:
    subject, column = found.pairs[0]
    steps = thinned(over_time(found, asked.prices)[subject.key])
    if not steps:
        raise Http404
    labels = [f"{step.day:%b %y}" for step in steps]
    baseline = _in_thousands(column.parts.get("baseline"))
    lines = [
        ("Actual", [_in_thousands(step.actual) for step in steps]),
        ("Planned", [_in_thousands(step.planned) for step in steps]),
        ("Baseline value of the whole", [baseline] * len(steps)),
    ]
    named = [
        (name, list(zip(labels, values, strict=True))) for name, values in lines if any(v is not None for v in values)
    ]
    return lines_chart(named, across="End of period", up="£ thousand", number=",.3~r")


def _variance_chart(found: Compared, _asked: Asked) -> dict[str, Any]:
    row = _row(found, "variance_share")
    points = [
        (letter, float(cell.value)) for letter, cell in zip(LETTERS, row.cells, strict=False) if cell.value is not None
    ]
    if not points:
        raise Http404
    return bars_across(points, across="Forecast over baseline, %", number=",.3~r")


def _places_chart(found: Compared, _asked: Asked) -> dict[str, Any]:
    points = [
        (row.figure.label, float(cell.place.percentile), letter)
        for section in found.sections
        for row in section.rows
        for letter, cell in zip(LETTERS, row.cells, strict=False)
        if cell.place.percentile is not None
    ]
    if not points:
        raise Http404
    rows = list(dict.fromkeys(label for label, _, _ in points))
    return dots_chart(points, rows=rows, across="Higher than so many in 100 peers")


def _row(found: Compared, name: str) -> Any:
    return next(row for section in found.sections for row in section.rows if row.figure.name == name)


CHARTS: dict[str, Callable[[Compared, Asked], dict[str, Any]]] = {
    "spend": _spend_chart,
    "variance": _variance_chart,
    "places": _places_chart,
}


# --- Files ------------------------------------------------------------------------------------------


@limited
def _file(http: PortalRequest, kind: str, found: Compared, sections: list[Section], asked: Asked) -> HttpResponseBase:
    """A line for each figure of each column, with what was asked on every line."""
    state = [
        day(asked.known or found.moment),
        asked.prices.words,
        http.build_absolute_uri(_address(asked)),
    ]
    return FILES[kind](f"Comparison {found.moment:%Y-%m-%d}", HEADINGS, _lines(found, sections, state))


def _lines(found: Compared, sections: list[Section], state: list[str]) -> Iterator[list[Any]]:
    for section in sections:
        for row in section.rows:
            for (subject, column), cell in zip(found.pairs, row.cells, strict=True):
                figure, place = row.figure, cell.place
                value = cell.value if figure.unit not in (Unit.TALLY, Unit.COVERAGE) else None
                yield [
                    *(section.title, figure.label, figure.unit.value, subject.kind, subject.name, subject.code),
                    *(value if value is None else round(value, 4), cell.words, cell.source),
                    *(figure.reporting(column.parts), column.parts.contracts),
                    *(place.percentile, place.peers or None, place.why, *state),
                ]
