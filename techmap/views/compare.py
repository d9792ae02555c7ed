"""Suppliers side by side. The address holds who is compared, so that it can be kept, sent and gone back to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.sheets import csv_response, xlsx_response
from techmap.exports import limited
from techmap.forms.compare import AddForm
from techmap.queries.compare import FEWEST, MOST, Choice, Section, choose, compare, named

DOWNLOADS = {"csv": csv_response, "xlsx": xlsx_response}


@require_safe
def compare_suppliers(http: HttpRequest) -> HttpResponseBase:
    """`?supplier=1&supplier=2`, two to five; `download=csv` or `xlsx` gives the same as a file."""
    choice = choose(http.GET.getlist("supplier"))
    today = timezone.localdate()
    suppliers, sections = compare(choice.compared, today) if choice.compared else ([], [])
    download = http.GET.get("download", "")
    if download in DOWNLOADS and sections:
        return _file(http, download, [supplier.name for supplier in suppliers], sections)
    context = {
        "choice": choice,
        "columns": [(one, address(pk for pk in choice.all if pk != one.id)) for one in suppliers],
        "sections": sections if len(suppliers) >= FEWEST else [],
        "beyond": [(name, address(other for other in choice.all if other != pk)) for pk, name in choice.beyond],
        "most": MOST,
        "downloads": [(kind.upper(), f"{address(choice.compared)}&download={kind}") for kind in DOWNLOADS],
    }
    return render(http, "techmap/compare/compare.html", context | _adding(http, choice))


@limited
def _file(http: HttpRequest, kind: str, names: list[str], sections: list[Section]) -> HttpResponseBase:
    title = f"Suppliers compared {timezone.localdate()}"
    return DOWNLOADS[kind](title, ["Section", "Row", *names], _file_rows(sections))


def address(pks: Iterable[int]) -> str:
    query = urlencode([("supplier", pk) for pk in pks])
    return reverse("techmap:compare") + (f"?{query}" if query else "")


def _adding(http: HttpRequest, choice: Choice) -> dict[str, Any]:
    """The form that finds one more supplier by name, and what it found."""
    words = " ".join(http.GET.get("name", "").replace("\x00", "").split())[:200]
    form = AddForm({"name": words} if "name" in http.GET else None)
    found = named(words, without=choice.all) if words else []
    return {
        "form": form,
        "words": words,
        "found": [(supplier, address([*choice.all, supplier.pk])) for supplier in found],
        "is_full": len(choice.all) >= MOST,
    }


def _file_rows(sections: list[Section]) -> Iterator[list[str]]:
    for section in sections:
        for row in section.rows:
            yield [section.title, row.label, *("; ".join(map(str, cell)) for cell in row.cells)]
