"""The draft of the day: looked at, and moved by hand with the mouse or without one."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from innovation_den.actions.placements import place_pitch, remove_pitch, set_lock
from innovation_den.actions.plans import PLANNING
from innovation_den.forms.schedule import MoveForm, PlacementForm
from innovation_den.models import Den, Pitch, Placement
from innovation_den.permissions import can_organise
from innovation_den.queries.board import board_of
from innovation_den.queries.programme import last_release
from innovation_den.queries.releases import differences, draft_entries, live_entries
from innovation_den.views.plans import planned_den, scheduled_den
from portal.govuk.pages import conflict_page, refusals_on, refused_page, rows_of
from portal.http import SignedInRequest, number_in
from portal.refusals import Reason, Refused, StaleWrite

NOT_MOVED = "The pitch was not moved"


@login_required
@require_safe
@never_cache
def board(http: SignedInRequest, reference: str) -> HttpResponse:
    """Every session with its slots and rooms, what stands there, and which rules it breaks."""
    den = planned_den(http, reference)
    release = last_release(den)
    context = {
        "den": den,
        "board": board_of(den),
        "changes": differences(live_entries(den), draft_entries(den)) if release else [],
        "may_move": can_organise(http.user, den) and den.state in PLANNING,
        "release": release,
    }
    return render(http, "innovation_den/board.html", context)


@login_required
@require_POST
def board_move(http: SignedInRequest, reference: str) -> HttpResponse:
    """What a drop sends."""
    den = scheduled_den(http, reference)
    form = MoveForm(http.POST, den=den, pitches=den.pitches.accepted())  # type: ignore[attr-defined]
    if not form.is_valid():
        wrong = [Reason(str(error)) for errors in form.errors.values() for error in errors]
        return refused_page(http, Refused(wrong), title=NOT_MOVED, back_url=_board(den))
    pitch, (session, number, room) = form.cleaned_data["pitch"], form.cleaned_data["place"]
    given = {"session": session, "number": number, "room": room, "version": form.cleaned_data["version"]}
    try:
        place_pitch(pitch=pitch, by=http.user, now=timezone.now(), **given)
    except Refused as refused:
        return refused_page(http, refused, title=NOT_MOVED, back_url=_board(den))
    except StaleWrite as stale:
        return _conflict(http, den, stale, [("Time and room", f"{session}, slot {number + 1}, {room}")])
    return redirect(f"{_board(den)}#{pitch.reference}")


@login_required
@require_http_methods(["GET", "POST"])
def placement_edit(http: SignedInRequest, reference: str, pitch: str) -> HttpResponse:
    """One pitch's time, room and panel, chosen from lists."""
    den, found = _pitch(http, reference, pitch)
    placement = _placement(found)
    form = PlacementForm(http.POST or None, pitch=found, placement=placement)
    if http.method == "POST" and form.is_valid():
        session, number, room = form.cleaned_data["place"]
        given = {"session": session, "number": number, "room": room, "version": form.cleaned_data["version"]}
        try:
            with refusals_on(form):
                place_pitch(pitch=found, panel=form.cleaned_data["panel"], by=http.user, now=timezone.now(), **given)
                messages.success(http, f"Moved: {found}")
                return redirect(f"{_board(den)}#{found.reference}")
        except StaleWrite as stale:
            return _conflict(http, den, stale, rows_of(form))
    return render(
        http, "innovation_den/placement_edit.html", {"den": den, "pitch": found, "placement": placement, "form": form}
    )


@login_required
@require_POST
def placement_lock(http: SignedInRequest, reference: str, pitch: str) -> HttpResponse:
    """Lock it, or unlock it: the button says which."""
    den, found = _pitch(http, reference, pitch)
    try:
        set_lock(pitch=found, is_locked=http.POST.get("lock") == "yes", by=http.user, now=timezone.now())
    except Refused as refused:
        return refused_page(http, refused, title="Nothing was changed", back_url=_board(den))
    return redirect(f"{_board(den)}#{found.reference}")


@login_required
@require_POST
def placement_remove(http: SignedInRequest, reference: str, pitch: str) -> HttpResponse:
    den, found = _pitch(http, reference, pitch)
    version = number_in(http.POST.get("version", "")) or 0
    try:
        remove_pitch(pitch=found, by=http.user, now=timezone.now(), version=version)
    except Refused as refused:
        return refused_page(http, refused, title="The pitch was not taken out", back_url=_board(den))
    except StaleWrite as stale:
        return _conflict(http, den, stale, [("Time and room", "Taken out of the draft")])
    return redirect(_board(den))


def _pitch(http: SignedInRequest, reference: str, pitch: str) -> tuple[Den, Pitch]:
    den = scheduled_den(http, reference)
    found = get_object_or_404(den.pitches.accepted().select_related("firm"), reference=pitch)  # type: ignore[attr-defined]
    found.den = den
    return den, found


def _placement(pitch: Pitch) -> Placement | None:
    found = Placement.objects.filter(pitch=pitch).select_related("session", "room").prefetch_related("panel")
    return found.first()


def _board(den: Den) -> str:
    return reverse("innovation_den:board", args=[den.reference])


def _conflict(http: SignedInRequest, den: Den, stale: StaleWrite, rows: object) -> HttpResponse:
    """Somebody else has moved it since: both places side by side."""
    current: Placement = stale.current
    panel = ", ".join(str(one) for one in current.panel.all())
    where = f"{current.session}, slot {current.slot + 1}, {current.room}"
    return conflict_page(
        http,
        title=f"Somebody else has moved {current.pitch}",
        current_rows=[("Time and room", where), ("Panel", panel)],
        submitted_rows=rows,  # type: ignore[arg-type]
        retry_url=_board(den),
    )
