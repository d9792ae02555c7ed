"""Narrowing a shortlist: leaving out, bringing back, notes, and suppliers that came to match later."""

from __future__ import annotations

import re
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from portal.govuk.pages import conflict_page, refusals_on
from portal.http import SignedInRequest
from portal.organisations.models import Organisation
from portal.refusals import StaleWrite
from techmap.actions.shortlist_entries import add_new_matches, bring_back, leave_out, write_note
from techmap.forms.shortlists import DRAFT_REASONS, AddForm, BringBackForm, LeaveOutForm, NoteForm
from techmap.models import Shortlist, ShortlistEntry
from techmap.queries.shortlists import MOST_SUPPLIERS, lacking, numbers_of, since_then
from techmap.views.shortlists import editable_shortlist

ASKED = re.compile(r"(\d{1,18})(?::(\d{1,9}))?")
Choices = list[tuple[str, str]]


@login_required
@require_http_methods(["GET", "POST"])
def entry_leave_out(http: SignedInRequest, public_id: UUID) -> HttpResponse:
    """One supplier or many (`?entry=`), or all those still in that lack one thing (`?without=`)."""
    shortlist = editable_shortlist(http, public_id)
    without = http.GET.get("without", "")
    choices = _without(shortlist, without) if without else _asked(shortlist, _sent(http))
    form = LeaveOutForm(http.POST or None, choices=choices, initial={"reason": DRAFT_REASONS.get(without, "")})
    if http.method == "POST" and form.is_valid():
        try:
            with refusals_on(form):
                reason = form.cleaned_data["reason"]
                number = leave_out(
                    shortlist=shortlist, chosen=form.chosen, reason=reason, by=http.user, now=timezone.now()
                )
                messages.success(http, f"{number} supplier{'' if number == 1 else 's'} left out.")
                return redirect(shortlist)
        except StaleWrite as stale:
            return _conflict(http, shortlist, stale, f"Leave out: {reason}", "shortlist-leave-out")
    context = {"shortlist": shortlist, "form": form, "number": len(choices), "without": without}
    return render(http, "techmap/shortlists/leave_out.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def entry_bring_back(http: SignedInRequest, public_id: UUID) -> HttpResponse:
    shortlist = editable_shortlist(http, public_id)
    choices = _asked(shortlist, _sent(http))
    form = BringBackForm(http.POST or None, choices=choices)
    if http.method == "POST" and form.is_valid():
        try:
            with refusals_on(form):
                bring_back(shortlist=shortlist, chosen=form.chosen, by=http.user, now=timezone.now())
                messages.success(http, "Brought back. Why it was left out stays in the history.")
                return redirect(shortlist)
        except StaleWrite as stale:
            return _conflict(http, shortlist, stale, "Bring back", "shortlist-bring-back")
    chosen = shortlist.entries.filter(pk__in=[int(value.split(":")[0]) for value, _ in choices])
    context = {"shortlist": shortlist, "form": form, "entries": chosen.select_related("supplier", "decided_by")}
    return render(http, "techmap/shortlists/bring_back.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def note_create(http: SignedInRequest, public_id: UUID) -> HttpResponse:
    """A note on the list, or with `?entry=` on one supplier of it."""
    shortlist = editable_shortlist(http, public_id)
    asked = http.GET.get("entry", "")
    entry = None
    if asked:
        pk = int(asked) if asked.isdecimal() and len(asked) < 19 else 0
        entry = get_object_or_404(shortlist.entries.select_related("supplier"), pk=pk)
    form = NoteForm(http.POST or None)
    if http.method == "POST" and form.is_valid():
        with refusals_on(form):
            write_note(shortlist=shortlist, entry=entry, by=http.user, now=timezone.now(), **form.cleaned_data)
            messages.success(http, "Your note is saved.")
            return redirect(shortlist)
    return render(http, "techmap/shortlists/note.html", {"shortlist": shortlist, "entry": entry, "form": form})


@login_required
@require_http_methods(["GET", "POST"])
def shortlist_since(http: SignedInRequest, public_id: UUID) -> HttpResponse:
    """What has changed on the techmap since the list was drawn; the new ones can be added."""
    shortlist = editable_shortlist(http, public_id)
    since = since_then(shortlist, now=timezone.now())
    names = dict(Organisation.objects.filter(pk__in=since.new[:MOST_SUPPLIERS]).values_list("pk", "name"))
    form = AddForm(http.POST or None, choices=[(pk, names[pk]) for pk in since.new if pk in names])
    if http.method == "POST" and form.is_valid():
        with refusals_on(form):
            number = add_new_matches(shortlist=shortlist, by=http.user, now=timezone.now(), **form.cleaned_data)
            messages.success(http, f"{number} supplier{'' if number == 1 else 's'} added.")
            return redirect(shortlist)
    room = MOST_SUPPLIERS - numbers_of(shortlist).considered
    context = {"shortlist": shortlist, "since": since, "form": form, "room": room}
    return render(http, "techmap/shortlists/since.html", context)


# --- Which suppliers -------------------------------------------------------------------------------


def _sent(http: SignedInRequest) -> QueryDict:
    return http.POST if http.method == "POST" and "entry" in http.POST else http.GET


def _asked(shortlist: Shortlist, params: QueryDict) -> Choices:
    """The entries that the address or the form names, with the version seen; today's where none is named."""
    found = [match.groups() for text in params.getlist("entry") if (match := ASKED.fullmatch(text))]
    seen = {int(pk): version for pk, version in found}
    entries = shortlist.entries.filter(pk__in=seen).select_related("supplier")
    return [(f"{entry.pk}:{seen[entry.pk] or entry.version}", entry.supplier.name) for entry in entries]


def _without(shortlist: Shortlist, without: str) -> Choices:
    """All those still in that lack one thing. What nobody can choose on the page gives nobody."""
    if without not in DRAFT_REASONS:
        return []
    facet, _, value = without.partition(":")
    entries = lacking(shortlist, facet, value, today=timezone.localdate())
    return [(f"{entry.pk}:{entry.version}", entry.supplier.name) for entry in entries.select_related("supplier")]


def _conflict(http: SignedInRequest, shortlist: Shortlist, stale: StaleWrite, sent: str, page: str) -> HttpResponse:
    entries: list[ShortlistEntry] = stale.current
    retry = reverse(f"techmap:{page}", args=[shortlist.public_id])
    return conflict_page(
        http,
        title="Somebody else has decided on this",
        current_rows=[(entry.supplier.name, _decision(entry)) for entry in entries],
        submitted_rows=[(entry.supplier.name, sent) for entry in entries],
        retry_url=retry + "?" + "&".join(f"entry={entry.pk}" for entry in entries),
    )


def _decision(entry: ShortlistEntry) -> str:
    by = f" by {entry.decided_by.name or 'a colleague'}" if entry.decided_by else ""
    return f"Left out{by}: {entry.reason}" if entry.is_left_out else f"Brought back{by}"
