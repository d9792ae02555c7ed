"""Shortlists: saving a search, the list with its suppliers, what came of it, and locking it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from portal.govuk.pages import conflict_page, paginate, refusals_on, refused_page, rows_of
from portal.http import SignedInRequest
from portal.organisations.models import Organisation
from portal.refusals import Refused, StaleWrite
from techmap import search
from techmap.actions.shortlists import choose_outcome, create_shortlist, edit_shortlist, lock_shortlist
from techmap.forms.shortlists import (
    CreateForm,
    EditForm,
    EntryFilter,
    KeepForm,
    LockForm,
    OutcomeForm,
    ShortlistFilter,
)
from techmap.models import Shortlist, ShortlistEntry
from techmap.permissions import can_edit_shortlist, can_keep_shortlists
from techmap.queries.shortlists import (
    MOST_SUPPLIERS,
    narrower,
    numbers_of,
    requirements_of,
    shortlists_of,
    since_then,
    with_row_data,
)
from techmap.record import Facts, in_rows, read, seen_of
from techmap.record_files import FORMATS
from techmap.search.query import SearchQuery

ENTRIES_PER_PAGE = 50


@login_required
@require_safe
def shortlist_list(http: SignedInRequest) -> HttpResponse:
    filters = ShortlistFilter(http.GET)
    page = paginate(http, filters.narrow(shortlists_of(http.user), http.user))
    membership = http.membership
    may_create = bool(membership) and can_keep_shortlists(http.user, membership.organisation)  # type: ignore[union-attr]
    return render(http, "techmap/shortlists/list.html", {"filters": filters, "page": page, "may_create": may_create})


@login_required
@require_http_methods(["GET", "POST"])
def shortlist_create(http: SignedInRequest) -> HttpResponse:
    """Save the search of this page's own address."""
    organisation = acting_body(http)
    query = SearchQuery.from_params(http.GET)
    form = CreateForm(http.POST or None)
    if http.method == "POST" and form.is_valid():
        with refusals_on(form):
            shortlist = create_shortlist(
                organisation=organisation, query=query, by=http.user, now=timezone.now(), **form.cleaned_data
            )
            messages.success(http, "The search is saved as a shortlist.")
            return redirect(shortlist)
    return render(http, "techmap/shortlists/create.html", _create_context(query) | {"form": form, "body": organisation})


def _create_context(query: SearchQuery) -> dict[str, Any]:
    found = search.find(query, today=timezone.localdate(), page=1, per_page=1)
    is_too_wide = found.total > MOST_SUPPLIERS
    return {
        "query": query,
        "words": search.in_words(query),
        "total": found.total,
        "most": MOST_SUPPLIERS,
        "is_too_wide": is_too_wide,
        "narrower": narrower(query, found) if is_too_wide else [],
    }


@login_required
@require_safe
def shortlist_detail(http: SignedInRequest, public_id: UUID) -> HttpResponse:
    shortlist = visible_shortlist(http, public_id)
    filters = EntryFilter(http.GET)
    page = paginate(http, filters.narrow(with_row_data(shortlist.entries.all())), ENTRIES_PER_PAGE)
    record = read(shortlist) if shortlist.is_locked else None
    name_entries(page, record)
    can_edit = not shortlist.is_locked and can_edit_shortlist(http.user, shortlist)
    context = {
        "shortlist": shortlist,
        "reasoning": list(in_rows(shortlist.reasoning)),
        "numbers": numbers_of(shortlist),
        "filters": filters,
        "page": page,
        "notes": shortlist.notes.filter(entry=None).select_related("by"),
        "since": since_then(shortlist, now=timezone.now()),
        "can_edit": can_edit,
        "may_tick": can_edit and not all(entry.is_left_out for entry in page),
        "keep_form": KeepForm(),
        "formats": FORMATS,
    }
    return render(http, "techmap/shortlists/detail.html", context)


def name_entries(entries: Iterable[ShortlistEntry], record: Facts | None) -> None:
    """Suppliers are called as they were when the list was locked, whatever they call themselves since."""
    then = {item["position"]: item["name"] for item in record["suppliers"]} if record else {}
    for entry in entries:
        entry.shown_as = then.get(entry.position, entry.supplier.name)  # type: ignore[attr-defined]


@login_required
@require_http_methods(["GET", "POST"])
def shortlist_edit(http: SignedInRequest, public_id: UUID) -> HttpResponse:
    shortlist = editable_shortlist(http, public_id)
    form = EditForm(http.POST) if http.method == "POST" else EditForm.showing(shortlist)
    if form.is_bound and form.is_valid():
        try:
            with refusals_on(form):
                edit_shortlist(shortlist=shortlist, by=http.user, **form.cleaned_data)
                return redirect(shortlist)
        except StaleWrite as stale:
            return _conflict(http, form, EditForm.showing(stale.current))
    return render(http, "techmap/shortlists/edit.html", {"shortlist": shortlist, "form": form})


@login_required
@require_http_methods(["GET", "POST"])
def shortlist_outcome(http: SignedInRequest, public_id: UUID) -> HttpResponse:
    shortlist = editable_shortlist(http, public_id)
    form = OutcomeForm(http.POST) if http.method == "POST" else OutcomeForm.showing(shortlist)
    if form.is_bound and form.is_valid():
        try:
            with refusals_on(form):
                choose_outcome(shortlist=shortlist, by=http.user, **form.cleaned_data)
                return redirect("techmap:shortlist-lock", shortlist.public_id)
        except StaleWrite as stale:
            return _conflict(http, form, OutcomeForm.showing(stale.current))
    return render(http, "techmap/shortlists/outcome.html", {"shortlist": shortlist, "form": form})


def _conflict(http: SignedInRequest, sent: Any, saved: Any) -> HttpResponse:
    return conflict_page(
        http,
        title="Somebody else has changed the shortlist",
        current_rows=rows_of(saved),
        submitted_rows=rows_of(sent),
        retry_url=http.path,
    )


@login_required
@require_http_methods(["GET", "POST"])
def shortlist_lock(http: SignedInRequest, public_id: UUID) -> HttpResponse:
    """What is done and what is missing; and, once nothing is, the lock."""
    shortlist = editable_shortlist(http, public_id)
    if shortlist.is_locked:  # by this person's first press, or by a colleague: the record says who
        return redirect(shortlist)
    form = LockForm(http.POST or None)
    changed = False
    if http.method == "POST":
        try:
            seen = form.cleaned_data["seen"] if form.is_valid() else ""
            lock_shortlist(shortlist=shortlist, seen=seen, by=http.user, now=timezone.now())
            messages.success(http, "The shortlist is locked. Its decision record stands for good.")
            return redirect(shortlist)
        except StaleWrite:
            changed = True
        except Refused as refused:
            back = reverse("techmap:shortlist-lock", args=[public_id])
            return refused_page(http, refused, title="The shortlist is not locked", back_url=back)
    requirements = requirements_of(shortlist)
    context = {
        "shortlist": shortlist,
        "changed": changed,
        "requirements": requirements,
        "ready": not any(item.lacks for item in requirements),
        "numbers": numbers_of(shortlist),
        "form": LockForm(initial={"seen": seen_of(shortlist)}),
    }
    return render(http, "techmap/shortlists/lock.html", context, status=409 if changed else 200)


# --- What a person may reach -----------------------------------------------------------------------


def visible_shortlist(http: SignedInRequest, public_id: UUID) -> Shortlist:
    """A shortlist of the person's own public body; staff of the portal see all."""
    shortlists = Shortlist.objects.visible_to(http.user).select_related("organisation", "created_by", "locked_by")
    return get_object_or_404(shortlists, public_id=public_id)


def editable_shortlist(http: SignedInRequest, public_id: UUID) -> Shortlist:
    """One that the person may write on; those who may only read it get 403."""
    shortlist = visible_shortlist(http, public_id)
    if not can_edit_shortlist(http.user, shortlist):
        raise PermissionDenied("Only owners and editors of the public body work on its shortlists.")
    return shortlist


def acting_body(http: SignedInRequest) -> Organisation:
    """The public body that the person acts for now; 403 with none, or without the right to write."""
    membership = http.membership
    if not membership or not can_keep_shortlists(http.user, membership.organisation):
        raise PermissionDenied("Choose a public body that you write for, then try again.")
    return membership.organisation
