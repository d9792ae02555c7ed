"""Downloads, and nothing else: files come in with the forms of the rooms that hold them."""

from __future__ import annotations

import uuid

import structlog
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.files.kinds import MEDIA_TYPES
from portal.files.models import StoredFile
from portal.files.permissions import can_read_file

logger = structlog.get_logger(__name__)
UNKNOWN_TYPE = "application/octet-stream"


@require_safe
def file_download(request: HttpRequest, public_id: uuid.UUID) -> HttpResponseBase:
    """The file as an attachment, for whom a room lets read it; a page that says why where it is held back."""
    stored = StoredFile.objects.filter(public_id=public_id).first()
    if stored is None or not can_read_file(request.user, stored, timezone.now()):
        raise Http404
    if not stored.is_downloadable:
        return _unavailable(request, stored, "held_back")
    try:
        content = stored.content.open("rb")
    except FileNotFoundError:
        logger.exception("stored_content_missing", stored_file=stored.pk)
        return _unavailable(request, stored, "missing")
    media_type = stored.media_type if stored.media_type in MEDIA_TYPES else UNKNOWN_TYPE
    response = FileResponse(content, as_attachment=True, filename=stored.name, content_type=media_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    return response


def _unavailable(request: HttpRequest, stored: StoredFile, reason: str) -> HttpResponse:
    response = render(request, "files/unavailable.html", {"file": stored, "reason": reason}, status=409)
    response["Cache-Control"] = "private, no-store"
    return response
