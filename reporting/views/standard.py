"""The reporting standard's own page, made from the standard."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from portal.http import PortalRequest
from reporting import standard as standards


@require_GET
def standard_detail(http: PortalRequest, version: str = "") -> HttpResponse:
    """Every field with its help, type, codes and checks; the latest version where none is named."""
    try:
        standard = standards.load(version) if version else standards.latest()
    except KeyError:
        raise Http404 from None
    context = {"standard": standard, "versions": standards.versions(), "codes": standard.codes.values()}
    return render(http, "reporting/standard_detail.html", context)
