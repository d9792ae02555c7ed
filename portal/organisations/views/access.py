"""Fetch an organisation that a person may see, or answer 404; who may not act on it gets 403."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from portal.govuk.pages import refused_page
from portal.organisations.models import Organisation
from portal.organisations.permissions import can_manage_members
from portal.refusals import Refused


def visible_organisation(request: HttpRequest, pk: int) -> Organisation:
    return get_object_or_404(Organisation.objects.visible_to(request.user), pk=pk)


def managed_organisation(request: HttpRequest, pk: int) -> Organisation:
    """An organisation whose members the person looks after: an owner, or staff."""
    organisation = visible_organisation(request, pk)
    if not can_manage_members(request.user, organisation):
        raise PermissionDenied
    return organisation


def act(request: HttpRequest, do: Callable[[], object], *, said: str, title: str, back_url: str) -> HttpResponse:
    """Run an action that has no form of its own; say that it was done, or on a page why not."""
    try:
        do()
    except Refused as refused:
        return refused_page(request, refused, title=title, back_url=back_url)
    messages.success(request, said)
    return redirect(back_url)
