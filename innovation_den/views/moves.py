"""Taking a den to its next state, putting its closing off, calling it off, deleting its draft."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from innovation_den.actions.dens import delete_den, move_den, put_off_closing
from innovation_den.choices import DEN_TRANSITIONS, DenState
from innovation_den.forms.dens import CallOffForm, ClosingForm
from innovation_den.models import Den
from innovation_den.rules import why_not_move
from innovation_den.views.access import organised_den
from innovation_den.views.drafts import draft_or_404, two_versions
from portal.govuk.pages import refusals_on, refused_page
from portal.http import SignedInRequest
from portal.refusals import Reason, Refused, StaleWrite


def next_of(den: Den) -> str | None:
    """The state that comes next; the archive only once the den is decided."""
    onward = DEN_TRANSITIONS[den.state] - ({DenState.ARCHIVED} if den.state != DenState.DECIDED else set())
    return next(iter(onward), None)


@login_required
@require_http_methods(["GET", "POST"])
def den_move(http: SignedInRequest, reference: str) -> HttpResponse:
    """What comes next, and everything that stands against it."""
    den = organised_den(http, reference)
    now = timezone.now()
    wanted, onward = http.POST.get("to", ""), next_of(den)
    if http.method == "POST" and wanted == den.state:
        return redirect(den)  # moved on already, perhaps by the same button pressed twice
    reasons: list[Reason] = []
    if http.method == "POST":
        try:
            if wanted != onward or onward is None:
                raise Refused("The den has moved on since you opened this page. See below what comes next")
            move_den(den=den, to=onward, by=http.user, now=now)
            moved = f"The den has moved on: {DenState(onward).label.lower()}"
            messages.success(http, "The call is published" if onward == DenState.OPEN else moved)
            return redirect(den)
        except Refused as refused:
            reasons = refused.reasons
    elif onward:
        reasons = [Reason(words) for words in why_not_move(den, onward, now)]
    context = {
        "den": den,
        "onward": DenState(onward) if onward else None,
        "reasons": reasons,
        "refused": http.method == "POST",
    }
    return render(http, "innovation_den/den_move.html", context, status=422 if http.method == "POST" else 200)


@login_required
@require_http_methods(["GET", "POST"])
def den_put_off(http: SignedInRequest, reference: str) -> HttpResponse:
    """Close later than was said."""
    den = organised_den(http, reference)
    initial = {"closes_at": den.closes_at, "version": den.version}
    form = ClosingForm(http.POST or None, initial=initial)
    if http.method == "POST" and form.is_valid():
        try:
            with refusals_on(form):
                put_off_closing(den=den, by=http.user, now=timezone.now(), **form.cleaned_data)
                messages.success(http, "The call closes later. Everybody who has begun a pitch is told")
                return redirect(den)
        except StaleWrite as stale:
            current = ClosingForm(initial={"closes_at": stale.current.closes_at})
            return two_versions(http, "When the call closes", current, form)
    if den.state_at(timezone.now()) != DenState.OPEN:
        refused = Refused("Only a call that is open can close later")
        return refused_page(http, refused, title="The closing cannot move", back_url=den.get_absolute_url())
    return render(http, "innovation_den/den_put_off.html", {"den": den, "form": form})


@login_required
@require_http_methods(["GET", "POST"])
def den_call_off(http: SignedInRequest, reference: str) -> HttpResponse:
    """Call the den off with a reason; what cannot be called off says so before anybody writes one."""
    den = organised_den(http, reference)
    if den.state in {DenState.DRAFT, DenState.DECIDED, DenState.ARCHIVED}:
        refused = Refused("Only a den that is under way can be called off. A draft is deleted instead")
        return refused_page(http, refused, title="This den cannot be called off", back_url=den.get_absolute_url())
    form = CallOffForm(http.POST or None)
    if http.method == "POST" and form.is_valid():
        with refusals_on(form):
            move_den(den=den, to=DenState.ARCHIVED, by=http.user, now=timezone.now(), **form.cleaned_data)
            messages.success(http, "The den is called off")
            return redirect(den)
    return render(http, "innovation_den/den_call_off.html", {"den": den, "form": form})


@login_required
@require_http_methods(["GET", "POST"])
def den_delete(http: SignedInRequest, reference: str) -> HttpResponse:
    """Delete a draft, after a page that asks."""
    den = draft_or_404(http, reference)
    if http.method == "GET":
        return render(http, "innovation_den/den_delete.html", {"den": den})
    try:
        delete_den(den=den, by=http.user)
    except Refused as refused:
        return refused_page(http, refused, title="This draft was not deleted", back_url=den.get_absolute_url())
    messages.success(http, "The draft is deleted")
    return redirect("innovation_den:own-den-list")
