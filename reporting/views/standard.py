"""The reporting standard's own page and files, all made from the standard."""

from __future__ import annotations

import io

from django.http import FileResponse, Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.http import PortalRequest
from reporting import standards
from reporting.standards import Standard
from reporting.standards.schema import schema_of
from reporting.standards.workbooks import csv_templates_of, workbook_of


def standard_or_404(version: str) -> Standard:
    try:
        return standards.load(version)
    except KeyError:
        raise Http404 from None


@require_safe
def standard_detail(http: PortalRequest, version: str = "") -> HttpResponse:
    """Every field with its help, type, codes and checks; the latest version where none is named."""
    standard = standard_or_404(version) if version else standards.latest()
    context = {"standard": standard, "versions": standards.versions(), "codes": standard.codes.values()}
    return render(http, "reporting/standard_detail.html", context)


@require_safe
def standard_workbook(http: PortalRequest, version: str) -> FileResponse:
    standard = standard_or_404(version)
    file = io.BytesIO(workbook_of(standard.version))
    return FileResponse(file, as_attachment=True, filename=f"return-v{standard.version}.xlsx")


@require_safe
def standard_csv(http: PortalRequest, version: str) -> FileResponse:
    standard = standard_or_404(version)
    file = io.BytesIO(csv_templates_of(standard.version))
    return FileResponse(file, as_attachment=True, filename=f"return-v{standard.version}-csv.zip")


@require_safe
def standard_schema(http: PortalRequest, version: str) -> JsonResponse:
    return JsonResponse(schema_of(standard_or_404(version)), content_type="application/schema+json")
