"""The landscape and the map: two of the four views of one search, and the landscape as a file."""

from __future__ import annotations

from typing import Any

import vl_convert
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from portal.govuk.formats import day
from portal.sheets import file_name
from techmap.drawing import Links, landscape_file, landscape_svg, swatches
from techmap.exports import limited
from techmap.pictures import ZOOMS, Picture, Zoom
from techmap.pictures import landscape as laid_out
from techmap.queries.landscape import landscape_of
from techmap.queries.regions import regions_of
from techmap.search import find, in_words
from techmap.search.query import SearchQuery
from techmap.views import search

ZOOM_WORDS = ((1, "Initials"), (2, "Short names"), (3, "Long names"))
SMALLEST_PRINT = 0.6  # of the size on the screen
WIDEST_PNG = 3_508  # pixels: the long side of A4 at 300 dots an inch


@require_safe
def landscape(http: HttpRequest, query: SearchQuery) -> HttpResponse:
    """The picture, or with `?as=list` the same in words."""
    as_list = http.GET.get("as") == "list"
    context = search.frame(http, query, "landscape") | landscape_context(query, zoom_of(http), as_list=as_list)
    page = "landscape_list" if as_list else "landscape"
    return render(http, f"techmap/pictures/{page}.html", context | {"wide": True})


@require_safe
def region_map(http: HttpRequest, query: SearchQuery) -> HttpResponse:
    context = search.frame(http, query, "map") | map_context(query) | {"wide": True}
    return render(http, "techmap/pictures/map.html", context)


@require_safe
@limited
def landscape_svg_file(http: HttpRequest) -> HttpResponse:
    query = SearchQuery.from_params(http.GET)
    return _attachment(drawn_file(query, zoom_of(http))[0].encode(), "image/svg+xml", "svg")


@require_safe
@limited
def landscape_png_file(http: HttpRequest) -> HttpResponse:
    """At most a sheet of A4 in print. Where names would be too small to read there, cells hold initials instead."""
    query, asked = SearchQuery.from_params(http.GET), zoom_of(http)
    for level in range(asked.level, 0, -1):
        text, picture = drawn_file(query, ZOOMS[level])
        scale = min(1.0, WIDEST_PNG / max(picture.width, picture.height))
        if scale >= SMALLEST_PRINT:
            break
    return _attachment(vl_convert.svg_to_png(text, scale=scale), "image/png", "png")


# --- What is drawn ----------------------------------------------------------------------------------


def zoom_of(http: HttpRequest) -> Zoom:
    """As the address says; what it says wrongly is the first."""
    level = http.GET.get("zoom", "1")
    return ZOOMS[int(level)] if level in ("1", "2", "3") else ZOOMS[1]


def landscape_context(query: SearchQuery, zoom: Zoom, *, as_list: bool = False, top: bool = False) -> dict[str, Any]:
    """With `top`, links leave the frame that the picture stands in."""
    found = landscape_of(query, timezone.localdate())
    picture = None if as_list else landscape_svg(laid_out(found.parents, zoom), links(query, top=top))
    return {
        "landscape": found,
        "query": query,
        "picture": mark_safe(picture) if picture else "",  # noqa: S308 - every text in it is escaped
        "legend": [(mark_safe(swatch), words) for swatch, words in swatches()],  # noqa: S308
        "zoom": zoom,
        "zoom_words": ZOOM_WORDS,
        "landscape_url": search.address(query, "landscape"),
        "top": top,
    }


def map_context(query: SearchQuery, *, top: bool = False) -> dict[str, Any]:
    return {"regions": regions_of(query), "query": query, "top": top}


def links(query: SearchQuery, *, site: str = "", top: bool = False) -> Links:
    """A supplier leads to its page, a capability to the suppliers of this search that claim it."""
    found = site + reverse("techmap:supplier-list")
    supplier = site + reverse("techmap:supplier-detail", args=[0])
    return Links(
        supplier=lambda pk: supplier.replace("/0/", f"/{pk}/"),
        capability=lambda code: f"{found}?{query.without('capability').adding('capability', code).urlencode()}",
        on_top=top,
    )


def drawn_file(query: SearchQuery, zoom: Zoom) -> tuple[str, Picture]:
    """The picture by itself, with addresses that work from anywhere."""
    today = timezone.localdate()
    found = landscape_of(query, today)
    picture = laid_out(found.parents, zoom)
    total = find(query, today=today, per_page=1).total
    of_all = f" of {total:,}" if total > found.suppliers else ""
    what = "supplier" if found.suppliers == 1 else "suppliers"
    note = f"{found.suppliers:,}{of_all} {what} · {day(today)} · {settings.SERVICE_NAME}"
    text = landscape_file(picture, links(query, site=settings.SITE_URL), title=in_words(query), note=note)
    return text, picture


def _attachment(content: bytes, media_type: str, extension: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = content_disposition_header(True, file_name("Landscape of suppliers", extension))
    return response
