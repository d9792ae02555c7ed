"""The library of learning: what tests showed, for everybody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from innovation_den.filters import LibraryFilter
from innovation_den.models import Pilot
from innovation_den.queries.pilots import latest_values, library
from portal.govuk.pages import paginate
from portal.http import PortalRequest
from portal.sheets import csv_response
from techmap.exports import limited

COLUMNS = [
    *("Title", "Public body", "Firm", "Outcome", "What comes next", "Capabilities", "Hypothesis", "Measure", "Unit"),
    *("At the start", "Would prove it", "Last value", "Began", "Ended", "Spent, £", "Cap, £"),
    *("What was learnt", "Advice", "What the firm adds", "Published", "Address"),
]
MOST_ROWS = 5000


@require_safe
def library_list(http: PortalRequest) -> HttpResponse:
    """`?q=&capability=&outcome=&body=`"""
    filters = LibraryFilter(http.GET, queryset=library())
    page = paginate(http, filters.qs)
    values = latest_values(list(page.object_list))
    rows = [(pilot, values.get(pilot.pk)) for pilot in page]
    context = {"filters": filters, "page": page, "rows": rows, "query": http.GET.urlencode()}
    return render(http, "innovation_den/library_list.html", context)


@require_safe
@limited
def library_csv(http: PortalRequest) -> HttpResponseBase:
    """What the list finds, as a file."""
    pilots = list(LibraryFilter(http.GET, queryset=library()).qs[:MOST_ROWS])
    return csv_response("Library of learning", COLUMNS, _rows(pilots))


def _rows(pilots: list[Pilot]) -> Iterator[list[Any]]:
    values = latest_values(pilots)
    for pilot in pilots:
        yield [
            *(pilot.title, pilot.sponsor, pilot.firm, pilot.get_outcome_display(), pilot.get_exit_display()),
            "; ".join(str(item) for item in pilot.capabilities.all()),
            *(pilot.hypothesis, pilot.measure, pilot.unit),
            *(pilot.baseline, pilot.threshold, values.get(pilot.pk)),
            *(pilot.started_at, pilot.ended_at, pilot.spent, pilot.budget_cap),
            *(pilot.learnt, pilot.advice, pilot.firm_words, pilot.published_at),
            settings.SITE_URL + pilot.get_absolute_url(),
        ]
