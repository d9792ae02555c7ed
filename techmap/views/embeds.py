"""One search shown inside another website's page: read-only, without sign-in and without cookies."""

from __future__ import annotations

from typing import Any

from csp.constants import NONE
from csp.decorators import csp_replace
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from portal.govuk.context import service
from techmap.queries.published import published
from techmap.queries.tabled import COLUMNS
from techmap.search import find, in_words
from techmap.search.query import SearchQuery
from techmap.views import search
from techmap.views.pictures import landscape_context, map_context, zoom_of

VIEWS = {"list": "List", "landscape": "Landscape", "map": "Map", "table": "Table"}
MOST_IN_A_LIST = 50
# Any website may show the frame. Nothing in it runs, and nothing in it is sent.
POLICY = {"frame-ancestors": ["*"], "script-src": [NONE], "form-action": [NONE], "connect-src": [NONE]}


@require_safe
@xframe_options_exempt
@csp_replace(POLICY)
def embed(http: HttpRequest) -> HttpResponse:
    """Drawn without the request, so that it is the same for everybody and sets no cookie."""
    query, view = SearchQuery.from_params(http.GET), _view_of(http)
    context = service() | _context(http, query, view) | {"view": view, "in_words": in_words(query)}
    context["full_url"] = search.address(query, view)
    return HttpResponse(render_to_string(f"techmap/pictures/embed_{view}.html", context))


@require_safe
def embed_help(http: HttpRequest) -> HttpResponse:
    """What to put into a page, for the search in the address."""
    query, view = SearchQuery.from_params(http.GET), _view_of(http)
    params = "&".join(filter(None, [f"view={view}", query.urlencode()]))
    context = {
        "query": query,
        "in_words": in_words(query),
        "view": view,
        "views": [(name, label, _help_url(query, name)) for name, label in VIEWS.items()],
        "address": f"{settings.SITE_URL}{reverse('techmap:embed')}?{params}",
        "preview": f"{reverse('techmap:embed')}?{params}",
        "json_address": f"{settings.SITE_URL}/api/v1/suppliers/" + (f"?{query.urlencode()}" if query else ""),
        "back_url": search.address(query, view),
    }
    return render(http, "techmap/pictures/embed_help.html", context)


def _view_of(http: HttpRequest) -> str:
    view = http.GET.get("view", "list")
    return view if view in VIEWS else "list"


def _help_url(query: SearchQuery, view: str) -> str:
    return f"{reverse('techmap:embed-help')}?" + "&".join(filter(None, [f"view={view}", query.urlencode()]))


def _context(http: HttpRequest, query: SearchQuery, view: str) -> dict[str, Any]:
    if view == "map":
        return map_context(query, top=True)
    today = timezone.localdate()
    found = find(query, today=today, per_page=MOST_IN_A_LIST)
    if view == "landscape":
        return {"found": found} | landscape_context(query, zoom_of(http), top=True)
    return {"found": found, "suppliers": published(found.ids, today), "columns": COLUMNS}
