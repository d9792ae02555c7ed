"""Every saved version of a tracked row, for staff: what django-pghistory's triggers wrote down."""

from __future__ import annotations

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme
from pghistory.admin import EventsAdmin

from portal.read_only import shown_to


class RowHistoryAdmin(EventsAdmin):
    """The library's page, which shows whatever `back` and `obj` say: hold both to what exists here."""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not url_has_allowed_host_and_scheme(request.GET.get("back") or "/", allowed_hosts=None):
            raise Http404
        if "obj" in request.GET and not _is_shown(request, request.GET["obj"]):  # its name stands above the rows
            raise Http404
        try:
            return super().changelist_view(request, extra_context=extra_context)
        except (ObjectDoesNotExist, ValidationError, ValueError, AttributeError) as error:
            raise Http404 from error

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return shown_to(request.user, super().get_queryset(request))


def _is_shown(request: HttpRequest, obj: str) -> bool:
    """Whether no room keeps rows of that kind from the reader; `obj` is like `app.Model:1`."""
    app_label, _, model = obj.partition(":")[0].lower().partition(".")
    kinds = ContentType.objects.filter(app_label=app_label, model=model)
    return shown_to(request.user, kinds).exists()
