"""The reporting standard's own page and files, all made from the standard; with `?framework=` its fields too."""

from __future__ import annotations

import io

from django.http import FileResponse, Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.http import PortalRequest
from reporting import standards
from reporting.models import FrameworkField
from reporting.queries.standards import frameworks_that_ask, standard_of_framework
from reporting.standards import Standard
from reporting.standards.differences import differences
from reporting.standards.schema import schema_of
from reporting.standards.workbooks import csv_templates_of, workbook_of
from techmap.models import Framework


def standard_or_404(version: str) -> Standard:
    try:
        return standards.load(version)
    except KeyError:
        raise Http404 from None


def _asked(http: PortalRequest, version: str) -> tuple[Standard, Framework | None, list[FrameworkField]]:
    """The version with the fields of the framework that the address names, where it names one."""
    standard = standard_or_404(version) if version else standards.latest()
    code = http.GET.get("framework", "")
    if not code:
        return standard, None, []
    framework = get_object_or_404(frameworks_that_ask(), code=code.replace("\0", ""))
    standard, fields = standard_of_framework(standard.version, framework, timezone.localdate())
    return standard, framework, fields


@require_safe
def standard_detail(http: PortalRequest, version: str = "") -> HttpResponse:
    """Every field with its help, type, codes and checks; the latest version where none is named."""
    standard, framework, fields = _asked(http, version)
    context = {
        "standard": standard,
        "framework": framework,
        "frameworks": frameworks_that_ask(),
        "versions": standards.versions(),
        "codes": standard.codes.values(),
        "tables": _tables(standard, fields),
    }
    return render(http, "reporting/standard_detail.html", context)


def _tables(standard: Standard, fields: list[FrameworkField]) -> list[tuple[object, list[tuple[object, object]]]]:
    """Each table with its fields, and with each field that a framework added the row that says from when."""
    rows = {(row.table, row.name): row for row in fields}
    return [
        (table, [(item, rows.get((table.name, item.name)) if item.added_by else None) for item in table.fields])
        for table in standard.tables
    ]


@require_safe
def standard_changes(http: PortalRequest) -> HttpResponse:
    """What one version says otherwise than another; the last two where the address names none."""
    held = standards.versions()
    new = standard_or_404(http.GET.get("to") or held[-1])
    old = standard_or_404(http.GET.get("from") or held[max(0, held.index(new.version) - 1)])
    context = {"old": old, "new": new, "versions": held, "differences": differences(old, new)}
    return render(http, "reporting/standard_changes.html", context)


@require_safe
def standard_workbook(http: PortalRequest, version: str) -> FileResponse:
    standard, framework, _ = _asked(http, version)
    return _download(workbook_of(standard), f"return-v{standard.version}{_of(framework)}.xlsx")


@require_safe
def standard_csv(http: PortalRequest, version: str) -> FileResponse:
    standard, framework, _ = _asked(http, version)
    return _download(csv_templates_of(standard), f"return-v{standard.version}{_of(framework)}-csv.zip")


def _of(framework: Framework | None) -> str:
    return f"-{framework.code}" if framework else ""


def _download(content: bytes, name: str) -> FileResponse:
    return FileResponse(io.BytesIO(content), as_attachment=True, filename=name)


@require_safe
def standard_schema(http: PortalRequest, version: str) -> JsonResponse:
    standard, _, _ = _asked(http, version)
    return JsonResponse(schema_of(standard), content_type="application/schema+json")
