"""The day as it runs: the run sheet, the timer of a room, and who steps back."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from innovation_den.actions.bookings import CHANGING, STILL_TO_COME, fill_seat
from innovation_den.actions.day import move_on, step_back, who_sits_in
from innovation_den.choices import DenState, SlotState
from innovation_den.forms.day import FillSeatForm, StepBackForm
from innovation_den.models import Den, Panellist, Slot
from innovation_den.permissions import can_follow_day, can_run_day, can_seat, seat_of
from innovation_den.queries.day import own_turns, room_now, run_sheet, slots_of
from innovation_den.queries.programme import free_panellists
from innovation_den.queries.sheets import panels_of
from innovation_den.views.access import own_seat, visible_den
from portal.govuk.pages import refusals_on, refused_page
from portal.http import SignedInRequest, number_in
from portal.refusals import Refused


def followed_den(http: SignedInRequest, reference: str) -> Den:
    """A den whose run sheet the person may read."""
    den = visible_den(http, reference)
    if not can_follow_day(http.user, den):
        raise Http404
    return den


def known_slot(http: SignedInRequest, den: Den, pitch: str) -> Slot:
    """A slot of the den by its pitch; one that a conflict hides from the person is not there at all."""
    return get_object_or_404(slots_of(den, http.user), pitch__reference=pitch)


def date_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@login_required
@require_safe
def day_sheet(http: SignedInRequest, reference: str) -> HttpResponse:
    """The run sheet. It follows the clock: the page asks for itself again and again, or is reloaded."""
    den = followed_den(http, reference)
    sheet = run_sheet(den, http.user, timezone.now(), wanted=date_of(http.GET.get("date", "")))
    context = {
        "den": den,
        "sheet": sheet,
        "runs": den.state == DenState.ON_THE_DAY,
        "may_run": den.state == DenState.ON_THE_DAY and can_run_day(http.user, den),
    }
    return render(http, "innovation_den/day_sheet.html", context)


@login_required
@require_POST
def slot_move(http: SignedInRequest, reference: str, pitch: str) -> HttpResponse:
    """One button of the run sheet: check in, begin, end, did not come, or one of them undone."""
    den = followed_den(http, reference)
    slot = known_slot(http, den, pitch)
    to, version = http.POST.get("to", ""), number_in(http.POST.get("version", ""))
    if not can_run_day(http.user, den):
        raise PermissionDenied
    back = f"{reverse('innovation_den:day-sheet', args=[reference])}?date={timezone.localdate(slot.starts_at)}"
    try:
        if to not in SlotState.values or version is None:
            raise Refused("Choose one of the steps of the run sheet")
        slot = move_on(slot=slot, to=to, version=version, by=http.user, now=timezone.now())
    except Refused as refused:
        return refused_page(http, refused, title="That can’t be done now", back_url=back)
    messages.success(http, f"{slot.pitch.title}: {slot.get_state_display().lower()}")
    return redirect(f"{back}#slot-{pitch}")


@login_required
@require_safe
def day_timer(http: SignedInRequest, reference: str, pk: int) -> HttpResponse:
    """The time that is left, for a screen in the room. Without scripts it says when the pitch ends."""
    den = visible_den(http, reference)
    if not can_follow_day(http.user, den) and seat_of(http.user, den) is None:
        raise Http404
    room = get_object_or_404(den.rooms, pk=pk)
    now = timezone.now()
    return render(
        http, "innovation_den/day_timer.html", {"den": den, "now": now, "day": room_now(den, room, http.user, now)}
    )


@login_required
@require_safe
def day_mine(http: SignedInRequest, reference: str) -> HttpResponse:
    """What a panellist hears, and how far each of their sheets is."""
    den = visible_den(http, reference)
    seat = own_seat(http, den)
    now = timezone.now()
    days = own_turns(seat, http.user, now)
    today = timezone.localdate(now)
    context = {"den": den, "seat": seat, "days": days, "today": today, "runs": den.state == DenState.ON_THE_DAY}
    return render(http, "innovation_den/day_mine.html", context)


def leaver_of(http: SignedInRequest, den: Den, slot: Slot, pk: int) -> Panellist:
    """Who is to step back: the person themself, or, for those who give out seats, anybody on the slot's panel."""
    panellist = next((one for one in panel_on(slot) if one.pk == pk), None)
    is_own = panellist is not None and panellist.user_id == http.user.pk
    if not is_own and not can_seat(http.user, slot.pitch) and can_follow_day(http.user, den):
        raise PermissionDenied
    if panellist is None or not (is_own or can_seat(http.user, slot.pitch)):
        raise Http404
    return panellist


def panel_on(slot: Slot) -> list[Panellist]:
    return [place.panellist for place in panels_of([slot]).get(slot.pk, [])]


@login_required
@require_http_methods(["GET", "POST"])
def day_step_back(http: SignedInRequest, reference: str, pitch: str, pk: int) -> HttpResponse:
    """Step back from a pitch with a reason, and somebody else takes the seat: one page, one button."""
    den = visible_den(http, reference)
    slot = known_slot(http, den, pitch)
    panellist = leaver_of(http, den, slot, pk)
    now = timezone.now()
    is_own = panellist.user_id == http.user.pk
    free = free_panellists(slot, now, panellist) if slot.state in STILL_TO_COME else []
    form = StepBackForm(http.POST or None, free=free, chooses=bool(free) and not is_own)
    back = reverse(f"innovation_den:{'day-mine' if is_own else 'day-sheet'}", args=[reference])
    if http.method == "POST" and form.is_valid():
        with refusals_on(form):
            leave(http, slot, panellist, form)
            return redirect(back)
    context = {"den": den, "slot": slot, "panellist": panellist, "form": form, "is_own": is_own, "back": back}
    return render(http, "innovation_den/day_step_back.html", context)


def leave(http: SignedInRequest, slot: Slot, panellist: Panellist, form: StepBackForm) -> None:
    into, refusals = step_back(
        slot=slot,
        panellist=panellist,
        reason=form.cleaned_data["reason"],
        replacements=form.replacements,
        by=http.user,
        now=timezone.now(),
    )
    messages.success(http, f"{panellist} has stepped back. {who_sits_in(into)}")
    for refusal in refusals:
        messages.warning(http, refusal.message)


@login_required
@require_http_methods(["GET", "POST"])
def day_fill_seat(http: SignedInRequest, reference: str, pitch: str) -> HttpResponse:
    """Put somebody who is free into an empty seat of a slot."""
    den = followed_den(http, reference)
    slot = known_slot(http, den, pitch)
    if not can_seat(http.user, slot.pitch):
        raise PermissionDenied
    now = timezone.now()
    may_come = den.state in CHANGING and slot.state in STILL_TO_COME and not slot.cancelled_at
    panel = panel_on(slot)
    empty = den.panel_size - len(panel) if may_come else 0
    free = free_panellists(slot, now) if empty > 0 else []
    form = FillSeatForm(http.POST or None, free=free)
    back = reverse("innovation_den:day-sheet", args=[reference])
    if http.method == "POST" and form.is_valid():
        with refusals_on(form):
            fill_seat(slot=slot, into=form.chosen, by=http.user, now=now)
            messages.success(http, f"{form.chosen} sits in")
            return redirect(back)
    context = {"den": den, "slot": slot, "panel": panel, "empty": empty, "form": form, "back": back}
    return render(http, "innovation_den/day_fill_seat.html", context)
