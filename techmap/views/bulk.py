"""Open data: all suppliers in files, for everybody to take."""

from __future__ import annotations

import json

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

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
    """The file of the last night, always as an attachment."""
    file = get_object_or_404(BulkFile, name=name)
    try:
        content = default_storage.open(file.path, "rb")
    except FileNotFoundError as missing:
        raise Http404("The file is being written anew.") from missing
    response = FileResponse(content, as_attachment=True, filename=file.name, content_type=file.media_type)
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Access-Control-Allow-Origin"] = "*"
    response["ETag"] = f'"{file.sha256}"'
    return response
