"""A panellist's own pages: who they are, what interests they have, when they are free, and conflicts they declare."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from innovation_den.actions.conflicts import declare_conflict
from innovation_den.actions.panellists import stand_down
from innovation_den.actions.seats import declare_interests, describe_oneself, save_availability
from innovation_den.busy import taken_halves
from innovation_den.forms.panellists import (
    AboutForm,
    AvailabilityForm,
    CalendarForm,
    DeclareForm,
    InterestsForm,
    SeatForm,
    StandDownForm,
)
from innovation_den.models import Den, Panellist
from innovation_den.queries.panellists import DenHalf, HalfDay, free_on, half_days_of, listed_pitches
from innovation_den.views.access import own_seat, visible_den
from portal.govuk.pages import conflict_page, paginate, refusals_on, rows_of
from portal.http import SignedInRequest
from portal.refusals import StaleWrite


def seat_here(http: SignedInRequest, reference: str) -> tuple[Den, Panellist]:
    """The den and the person's seat in it; 404 without one, and from the moment that they are stood down."""
    den = visible_den(http, reference)
    return den, own_seat(http, den)


def saved(
    http: SignedInRequest, form: SeatForm, save: Callable[[], object], fresh: Callable[[Panellist], SeatForm]
) -> HttpResponse | None:
    """Run the action of a page; where somebody else saved first, both versions side by side. None: show the form."""
    try:
        with refusals_on(form):
            save()
            messages.success(http, "Saved")
            return redirect("innovation_den:seat-detail", http.resolver_match.kwargs["reference"])  # type: ignore[union-attr]
    except StaleWrite as stale:
        current = rows_of(fresh(stale.current))
        return conflict_page(
            http, title="Your seat", current_rows=current, submitted_rows=rows_of(form), retry_url=http.path
        )
    return None


@login_required
@require_safe
def seat_detail(http: SignedInRequest, reference: str) -> HttpResponse:
    """What a panellist has said, and what is still to say."""
    den, seat = seat_here(http, reference)
    halves, free = half_days_of(den), free_on(seat)
    context = {
        "den": den,
        "seat": seat,
        "half_count": len(halves),
        "free_count": sum(1 for half in halves if half.as_pair in free),
        "expertise_count": seat.expertise.count(),
        "pitch_count": listed_pitches(seat).count(),
    }
    return render(http, "innovation_den/seat_detail.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def seat_about(http: SignedInRequest, reference: str) -> HttpResponse:
    den, seat = seat_here(http, reference)
    form = AboutForm(http.POST or None, panellist=seat)
    if http.method == "POST" and form.is_valid():
        data, now = form.cleaned_data, timezone.now()
        done = saved(
            http,
            form,
            lambda: describe_oneself(panellist=seat, by=http.user, now=now, **data),
            lambda current: AboutForm(panellist=current),
        )
        if done:
            return done
    return render(http, "innovation_den/seat_about.html", {"den": den, "seat": seat, "form": form})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def seat_interests(http: SignedInRequest, reference: str) -> HttpResponse:
    den, seat = seat_here(http, reference)
    form = InterestsForm(http.POST or None, panellist=seat)
    if http.method == "POST" and form.is_valid():
        data = form.cleaned_data
        done = saved(
            http,
            form,
            lambda: declare_interests(
                panellist=seat, version=data["version"], interests=data["interests"], by=http.user
            ),
            lambda current: InterestsForm(panellist=current),
        )
        if done:
            return done
    return render(http, "innovation_den/seat_interests.html", {"den": den, "seat": seat, "form": form})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def seat_availability(http: SignedInRequest, reference: str) -> HttpResponse:
    """Tick the half-days; a tick each, so that it works without a script and by keyboard."""
    den, seat = seat_here(http, reference)
    halves, free = half_days_of(den), free_on(seat)
    form = AvailabilityForm(http.POST or None, panellist=seat, halves=halves, free=free)
    if http.method == "POST" and form.is_valid():
        version, chosen = form.cleaned_data["version"], form.chosen()
        done = saved(
            http,
            form,
            lambda: save_availability(panellist=seat, version=version, free=chosen, by=http.user),
            lambda current: AvailabilityForm(panellist=current, halves=halves, free=free_on(current)),
        )
        if done:
            return done
    return availability_page(http, den, form, halves)


def availability_page(
    http: SignedInRequest,
    den: Den,
    form: AvailabilityForm,
    halves: list[DenHalf],
    calendar: CalendarForm | None = None,
    taken: set[HalfDay] | None = None,
) -> HttpResponse:
    ticked = set(form["free"].value() or [])
    cells = [
        (half, number, half.key in ticked, taken is not None and half.as_pair in taken)
        for number, half in enumerate(halves)
    ]
    context = {
        "den": den,
        "form": form,
        "calendar": calendar or CalendarForm(),
        "days": [(day, list(found)) for day, found in groupby(cells, key=lambda cell: cell[0].date)],
        "taken": taken,
        "is_proposal": taken is not None,
    }
    return render(http, "innovation_den/seat_availability.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def seat_calendar(http: SignedInRequest, reference: str) -> HttpResponse:
    """Read the person's calendar and propose when they are free. Nothing is saved before they say so."""
    den, seat = seat_here(http, reference)
    if http.method != "POST":
        return redirect("innovation_den:seat-availability", reference)
    halves = half_days_of(den)
    calendar, taken, free = CalendarForm(http.POST, http.FILES), None, free_on(seat)
    if calendar.is_valid():
        with refusals_on(calendar):
            taken = taken_halves(calendar.cleaned_data["calendar"], halves)
            free = {half.as_pair for half in halves} - taken
    form = AvailabilityForm(panellist=seat, halves=halves, free=free)
    return availability_page(http, den, form, halves, calendar, taken)


@login_required
@require_safe
def seat_pitches(http: SignedInRequest, reference: str) -> HttpResponse:
    """Title and firms of each pitch that no conflict hides, to look through for conflicts."""
    den, seat = seat_here(http, reference)
    if not seat.has_declared:
        messages.info(http, "Say first what interests you have. Then we show you the pitches")
        return redirect("innovation_den:seat-interests", reference)
    context = {"den": den, "seat": seat, "page": paginate(http, listed_pitches(seat))}
    return render(http, "innovation_den/seat_pitches.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def seat_declare(http: SignedInRequest, reference: str, pitch: str) -> HttpResponse:
    """Say that one pitch is not for oneself to judge."""
    den, seat = seat_here(http, reference)
    found = get_object_or_404(listed_pitches(seat), reference=pitch)
    form = DeclareForm(http.POST or None)
    if http.method == "POST" and form.is_valid():
        with refusals_on(form):
            declare_conflict(
                pitch=found, panellist=seat, says=form.cleaned_data["says"], by=http.user, now=timezone.now()
            )
            messages.success(http, "Thank you. The organisers are told, and you see nothing more of that pitch")
            return redirect("innovation_den:seat-pitches", reference)
    return render(http, "innovation_den/seat_declare.html", {"den": den, "pitch": found, "form": form})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def seat_stand_down(http: SignedInRequest, reference: str) -> HttpResponse:
    """Give the seat up oneself."""
    den, seat = seat_here(http, reference)
    form = StandDownForm(http.POST or None)
    if http.method == "POST" and form.is_valid():
        with refusals_on(form):
            stand_down(panellist=seat, reason=form.cleaned_data["reason"], by=http.user, now=timezone.now())
            messages.success(http, "You no longer sit on the panels. The organisers are told")
            return redirect("innovation_den:seat-list")
    return render(http, "innovation_den/seat_stand_down.html", {"den": den, "form": form})
