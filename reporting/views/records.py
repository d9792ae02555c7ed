"""A supplier's record: what its buyers said of it, and what it replied."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from portal.charts import chart_svg, stacked_chart
from portal.govuk.pages import paginate
from portal.http import PortalRequest
from reporting.queries.assessments import rating_words, shown
from reporting.queries.records import record_of, years_of
from techmap.views.access import standing_supplier

PER_PAGE = 10


@require_safe
def supplier_record(http: PortalRequest, pk: int) -> HttpResponse:
    """Assessment and reply side by side, the newest first; nothing of a contract that is not published."""
    supplier = standing_supplier(http, pk)
    if supplier.pk != pk:
        return redirect("reporting:supplier-record", supplier.pk)
    record = record_of(supplier)
    page = paginate(http, record, per_page=PER_PAGE)
    context = {
        "supplier": supplier,
        "page": page,
        "found": shown(page),
        "years": years_of(record),
        "ratings": list(rating_words().values()),
    }
    return render(http, "reporting/supplier_record.html", context)


@require_safe
@cache_control(max_age=300)
def supplier_chart(http: PortalRequest, pk: int) -> HttpResponse:
    """Ratings by year as a picture. Its figures stand in the table beside it."""
    years = years_of(record_of(standing_supplier(http, pk)))
    if not years:
        raise Http404
    points = [(str(year.year), label, number) for year in years for label, number in year.counts]
    spec = stacked_chart(points, names=list(rating_words().values()), across="Year", up="Assessments")
    return HttpResponse(chart_svg(spec), content_type="image/svg+xml")
