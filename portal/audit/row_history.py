"""Every saved version of a tracked row, for staff: what django-pghistory's triggers wrote down."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme
from pghistory.admin import EventsAdmin


class RowHistoryAdmin(EventsAdmin):
    """The library's page, which shows whatever `back` and `obj` say: hold both to what exists here."""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not url_has_allowed_host_and_scheme(request.GET.get("back") or "/", allowed_hosts=None):
            raise Http404
        try:
            return super().changelist_view(request, extra_context=extra_context)
        except (ObjectDoesNotExist, ValidationError, ValueError, AttributeError) as error:
            raise Http404 from error
