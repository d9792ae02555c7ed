"""The search as a table, and the same as files for a spreadsheet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.govuk.pages import paginate
from portal.sheets import csv_response, xlsx_response
from techmap.exports import limited
from techmap.queries.published import published, published_in_chunks
from techmap.queries.tabled import COLUMNS, HEADINGS, MOST_IN_A_WORKBOOK, Column, in_order, row_of
from techmap.search import find, matching
from techmap.search.query import SearchQuery
from techmap.views import search

PER_PAGE = 50


@dataclass(frozen=True)
class Heading:
    """A column's heading: where it sorts, the address that sorts by it, the other way round if it is sorted so."""

    label: str
    url: str = ""
    sorted: str = ""  # as `aria-sort` has it
    is_number: bool = False


@require_safe
def table(http: HttpRequest, query: SearchQuery) -> HttpResponse:
    """All that match, page by page, in the search's own order or in that of a column."""
    column, descending = _sort_of(http)
    context = search.frame(http, query, "table")
    page, pks = _page_of(http, query, context["found"].total, column, descending)
    context |= {
        "page": page,
        "suppliers": published(pks, timezone.localdate()),
        "headings": [_heading(query, item, column, descending) for item in COLUMNS],
        "own_order": column is None,
        "own_order_url": search.address(query, "table"),
        "most_in_a_workbook": MOST_IN_A_WORKBOOK,
        "wide": True,
    }
    return render(http, "techmap/pictures/table.html", context)


@require_safe
@limited
def supplier_csv(http: HttpRequest) -> HttpResponseBase:
    return csv_response("Suppliers", HEADINGS, _rows(http))


@require_safe
@limited
def supplier_xlsx(http: HttpRequest) -> HttpResponseBase:
    """The first of them, as many as a workbook can be made of while somebody waits."""
    return xlsx_response("Suppliers", HEADINGS, _rows(http, limit=MOST_IN_A_WORKBOOK))


def _page_of(
    http: HttpRequest, query: SearchQuery, total: int, column: Column | None, descending: bool
) -> tuple[Page[Any], list[int]]:
    today = timezone.localdate()
    if column:
        page = paginate(http, in_order(query, column, descending=descending, today=today), PER_PAGE)
        return page, list(page.object_list)
    page = paginate(http, range(total), PER_PAGE)
    return page, find(query, today=today, page=page.number, per_page=PER_PAGE).ids


def _rows(http: HttpRequest, limit: int | None = None) -> Any:
    today = timezone.localdate()
    pks = matching(SearchQuery.from_params(http.GET), today=today, limit=limit)
    return (row_of(supplier) for supplier in published_in_chunks(pks, today))


def _sort_of(http: HttpRequest) -> tuple[Column | None, bool]:
    """`?sort=name` or `?sort=-name`; what no column is called means the search's own order."""
    asked = http.GET.get("sort", "")
    column = next((item for item in COLUMNS if item.order and item.name == asked.removeprefix("-")), None)
    return column, asked.startswith("-")


def _heading(query: SearchQuery, item: Column, column: Column | None, descending: bool) -> Heading:
    if not item.order:
        return Heading(item.label, is_number=item.is_number)
    is_sorted = item == column
    turned = "-" if (not descending if is_sorted else item.is_number) else ""
    return Heading(
        label=item.label,
        url=f"{search.address(query, 'table')}&sort={turned}{item.name}",
        sorted=("descending" if descending else "ascending") if is_sorted else "none",
        is_number=item.is_number,
    )
