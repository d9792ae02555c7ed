"""Open data: all suppliers in files, for everybody to take."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from portal.open_files import download
from techmap.actions.bulk import DATA
from techmap.models import BulkFile

WORDS = {
    "suppliers.jsonl.gz": "Every supplier with its claims, evidence and all else: JSON Lines, packed by gzip",
    "suppliers.csv": "Every supplier on one line: CSV",
    "supplier.schema.json": "What a line of the JSON Lines file holds: JSON Schema",
    "licence.txt": "The licence",
}


@require_safe
def bulk(http: HttpRequest) -> HttpResponse:
    files = {file.name: file for file in BulkFile.objects.all()}
    schema = json.loads((DATA / "supplier.schema.json").read_text())
    fields = [(name, field.get("description", "")) for name, field in schema["properties"].items()]
    context = {"files": [(files[name], words) for name, words in WORDS.items() if name in files], "fields": fields}
    return render(http, "techmap/bulk.html", context)


@require_safe
def bulk_download(http: HttpRequest, name: str) -> HttpResponseBase:
    """The file of the last night."""
    return download(http, get_object_or_404(BulkFile, name=name))
