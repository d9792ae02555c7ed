"""Finding suppliers: one address for the list, the landscape, the map and the table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from techmap import search
from techmap.search import SearchQuery
from techmap.search.completion import names_beginning
from techmap.search.facets import LABELS, Facet
from techmap.search.results import results

PER_PAGE = 20
VIEWS = {"list": "List", "landscape": "Landscape", "map": "Map", "table": "Table"}


@dataclass(frozen=True)
class Chip:
    """One thing that was chosen, and the address without it."""

    facet: str
    label: str
    url: str


@dataclass(frozen=True)
class Tab:
    name: str
    label: str
    url: str
    is_current: bool


@require_safe
def supplier_list(http: HttpRequest) -> HttpResponse:
    """Suppliers that match, in the view that the address names."""
    query = SearchQuery.from_params(http.GET)
    return _view_named(http.GET.get("view", ""))(http, query)


@require_safe
def search_order(http: HttpRequest) -> HttpResponse:
    """How results are found and put in order, for everybody to read."""
    return render(http, "techmap/search/order.html")


@require_safe
@cache_control(max_age=60)
def name_complete(http: HttpRequest) -> HttpResponse:
    """Suppliers whose name begins with what was typed. The page works without it."""
    found = names_beginning(http.GET.get("q", ""))
    names = [{"name": name, "url": reverse("techmap:supplier-detail", args=[pk])} for pk, name in found]
    return JsonResponse({"names": names})


# --- What the views share ----------------------------------------------------------------------------


def frame(http: HttpRequest, query: SearchQuery, view: str = "list") -> dict[str, Any]:
    """What `techmap/search/frame.html` shows around every view: box, facets, chips, tabs, and what was found."""
    found, page = _page(http, query)
    return {
        "query": query,
        "found": found,
        "page": page,
        "view": view,
        "facets": found.facets,
        "in_words": search.in_words(query),
        "chips": _chips(query, found.facets, view),
        "tabs": [Tab(name, label, address(query, name), name == view) for name, label in VIEWS.items()],
        "near_misses": [(miss, address(miss.query, view)) for miss in found.near_misses],
        "did_you_mean": found.did_you_mean and (found.did_you_mean.words, address(found.did_you_mean, view)),
        "clear_url": address(SearchQuery(), view),
    }


def address(query: SearchQuery, view: str = "list") -> str:
    """The address of a question in one of its views."""
    params = query.urlencode() if view == "list" else "&".join(filter(None, [f"view={view}", query.urlencode()]))
    return reverse("techmap:supplier-list") + (f"?{params}" if params else "")


def _page(http: HttpRequest, query: SearchQuery) -> tuple[search.Found, Page[Any]]:
    """The page that the address asks for; one that does not exist gives the nearest."""
    today, asked = timezone.localdate(), _number(http.GET.get("page", ""))
    found = search.find(query, today=today, page=asked, per_page=PER_PAGE)
    page = Paginator(range(found.total), PER_PAGE).get_page(asked)
    if page.number != asked:
        found = search.find(query, today=today, page=page.number, per_page=PER_PAGE)
    return found, page


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 8 and int(text) else 1


def _chips(query: SearchQuery, facets: list[Facet], view: str) -> list[Chip]:
    """The words, then each value that was chosen."""
    words = [Chip("Words", f"“{query.words}”", address(query.without("words"), view))] if query.words else []
    labels = {(facet.name, option.value): option.label for facet in facets for option in facet.options}
    return words + [
        Chip(LABELS[facet], labels.get((facet, value), value), address(query.without(facet, value), view))
        for facet, value in query.chosen()
    ]


# --- The list ------------------------------------------------------------------------------------------


def _list(http: HttpRequest, query: SearchQuery) -> HttpResponse:
    context = frame(http, query)
    context["rows"] = results(query, context["found"], timezone.localdate())
    return render(http, "techmap/search/list.html", context)


def _view_named(name: str) -> Callable[[HttpRequest, SearchQuery], HttpResponse]:
    """The view of that name; the list for any other."""
    from techmap.views import pictures, tables  # they stand in this file's frame

    others = {"landscape": pictures.landscape, "map": pictures.region_map, "table": tables.table}
    return others.get(name, _list)
