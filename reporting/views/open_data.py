"""Open data: OCDS of one contract, files of all, and a feed of what is new."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.feedgenerator import Atom1Feed
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from portal.open_files import download
from reporting.models import OpenReportFile, PublishedRelease
from reporting.publication.packages import LICENCE, record_package, release_package
from reporting.publication.tables import flats
from reporting.queries.releases import offered, releases_of
from reporting.views.publication import published_contract

MOST_ENTRIES = 50
RETRY_AFTER = 300  # seconds
WORDS = {
    "releases.jsonl.gz": "Every OCDS release, one on a line, the oldest first: JSON Lines, packed by gzip",
    "records.jsonl.gz": "An OCDS record for each contracting process, with what its releases come to",
    "contracts-csv.zip": "Contracts, returns and their lines as flat tables: CSV files in a zip",
    "tables.schema.json": "What each column of the flat tables holds: JSON Schema",
    "licence.txt": "The licence",
    "SHA256SUMS": "The hashes of all of them, for sha256sum --check",
}


# --- One contract ----------------------------------------------------------------------------------------


@require_safe
def contract_releases(http: HttpRequest, reference: str) -> HttpResponseBase:
    return _package(http, reference, release_package)


@require_safe
def contract_record(http: HttpRequest, reference: str) -> HttpResponseBase:
    return _package(http, reference, record_package)


def _package(http: HttpRequest, reference: str, make: Callable[..., dict[str, Any]]) -> HttpResponseBase:
    """A package for whoever asks, on other pages too; 304 where the asker has the newest release already."""
    contract = published_contract(reference)
    last = releases_of(contract).values_list("sha256", "dated").last()
    if last is None:
        raise Http404("Its releases are written tonight.")
    sha256, dated = last
    etag = f'"{sha256}"'
    known = get_conditional_response(http, etag, int(dated.timestamp()))
    response = known or _json(make(f"{settings.SITE_URL}{http.path}", _told(contract)))
    response["ETag"], response["Last-Modified"] = etag, http_date(dated.timestamp())
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _told(contract: Any) -> list[dict[str, Any]]:
    return list(releases_of(contract).values_list("data", flat=True))


def _json(package: dict[str, Any]) -> JsonResponse:
    return JsonResponse(package, json_dumps_params={"ensure_ascii": False})


# --- All of them -----------------------------------------------------------------------------------------


@require_safe
def open_data(http: HttpRequest) -> HttpResponse:
    files = {file.name: file for file in OpenReportFile.objects.all()}
    context = {
        "files": [(files[name], words) for name, words in WORDS.items() if name in files],
        "tables": flats().values(),
        "licence": LICENCE,
    }
    return render(http, "reporting/open_data.html", context)


@require_safe
def open_data_download(http: HttpRequest, name: str) -> HttpResponseBase:
    file = OpenReportFile.objects.filter(name=name).first()
    if file is None and name in WORDS:
        return _being_written()
    return download(http, file or get_object_or_404(OpenReportFile, name=name))


def _being_written() -> HttpResponse:
    words = "This file is being written anew, because a buyer has held something back. Ask again in a few minutes.\n"
    headers = {"Retry-After": str(RETRY_AFTER), "Access-Control-Allow-Origin": "*"}
    return HttpResponse(words, status=503, headers=headers, content_type="text/plain; charset=utf-8")


class ReportFeed(Feed):
    """The 50 newest things that were published: contracts, amendments, accepted returns, and ends."""

    feed_type = Atom1Feed
    title = f"{settings.SERVICE_NAME}: published contracts and reports"
    subtitle = "Contracts that public bodies publish, and how they are delivered."

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """In one piece: the writer leaves thousands, and a server sends each by itself."""
        response = super().__call__(request, *args, **kwargs)
        response.content = response.content
        return response

    def link(self) -> str:
        return reverse("reporting:open-data")

    def items(self) -> Any:
        newest = offered().select_related("contract__buyer", "contract__supplier", "filed")
        return newest.defer("data").order_by("-dated", "-pk")[:MOST_ENTRIES]

    def item_title(self, item: PublishedRelease) -> str:  # type: ignore[override]
        return f"{item.contract}: {item.words}"

    def item_description(self, item: PublishedRelease) -> str:  # type: ignore[override]
        return f"{item.contract.buyer} and {item.contract.supplier}. {item.words}."

    def item_link(self, item: PublishedRelease) -> str:
        return item.get_absolute_url()

    def item_guid(self, item: PublishedRelease) -> str:
        return f"{settings.SITE_URL}{item.get_absolute_url()}#{item.release_id}"

    def item_pubdate(self, item: PublishedRelease) -> datetime:
        return item.dated

    def item_updateddate(self, item: PublishedRelease) -> datetime:
        """What an entry says does not change after publication."""
        return item.dated

    def item_author_name(self, item: PublishedRelease) -> str:
        return str(item.contract.buyer)
