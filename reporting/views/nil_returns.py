"""Nil returns: nothing was delivered or charged, for one contract or for many."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from portal.govuk.pages import refused_page
from portal.http import SignedInRequest
from portal.organisations.models import Organisation
from portal.organisations.permissions import WRITERS
from portal.refusals import Reason, Refused
from reporting.actions import file_nil_returns
from reporting.actions.returns import why_not_nil
from reporting.choices import ReturnState
from reporting.filters import ToDoFilter
from reporting.models import Return

MOST_NIL = 200


@login_required
@require_http_methods(["GET", "POST"])
def return_nil(http: SignedInRequest) -> HttpResponse:
    """Say once more which returns are nil, then file all of them."""
    returns, more = _asked_for(http)
    back = reverse("reporting:return-list")
    if not returns:
        return refused_page(
            http, Refused("Choose the returns that are nil"), title="No return is chosen", back_url=back
        )
    if begun := [Reason(why) for one in returns if (why := why_not_nil(one))]:
        return refused_page(http, Refused(begun), title="They cannot be filed as nil", back_url=back)
    if http.method != "POST":
        context = {"returns": returns, "more": more, "most": MOST_NIL}
        return render(http, "reporting/return_nil.html", context)
    try:
        filed = file_nil_returns(returns=returns, by=http.user, now=timezone.now())
    except Refused as refused:
        return refused_page(http, refused, title="The returns were not filed", back_url=back)
    messages.success(http, f"{len(filed)} nil return{'s are' if len(filed) > 1 else ' is'} submitted.")
    return redirect(back)


def _asked_for(http: SignedInRequest) -> tuple[list[Return], int]:
    """Those that are ticked, or with `all` every one that nobody has begun; and how many go beyond the limit."""
    visible = Return.objects.visible_to(http.user).select_related("contract__buyer", "contract__supplier", "supplier")
    if http.method != "POST" and http.GET.get("all"):
        every = visible.filter(state=ReturnState.DUE, replaces=None, supplier__in=_writes_for(http).values("pk"))
        narrowed = ToDoFilter(http.GET, queryset=every.order_by("due_at", "pk")).qs
        return list(narrowed[:MOST_NIL]), max(0, narrowed.count() - MOST_NIL)
    given = http.POST if http.method == "POST" else http.GET
    chosen = [_uuid(text) for text in dict.fromkeys(given.getlist("return"))]
    returns = _writable(http, visible.filter(public_id__in=chosen[:MOST_NIL]))
    if len(returns) != len(chosen[:MOST_NIL]):
        raise Http404
    return returns, len(chosen) - len(returns)


def _writable(http: SignedInRequest, returns: QuerySet[Return]) -> list[Return]:
    """The returns, where the person writes for every one of their suppliers; 403 otherwise."""
    found = list(returns.order_by("due_at", "pk"))
    if {one.supplier_id for one in found} - set(_writes_for(http).values_list("pk", flat=True)):
        raise PermissionDenied("Only owners and editors of the supplier file its returns.")
    return found


def _writes_for(http: SignedInRequest) -> QuerySet[Organisation]:
    return Organisation.objects.filter(
        memberships__user=http.user, memberships__role__in=WRITERS, memberships__ended_at=None
    )


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None
