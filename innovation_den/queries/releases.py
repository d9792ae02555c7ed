"""What a release holds, what it changes, and why one cannot be made yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.dateparse import parse_datetime

from innovation_den.choices import ConflictState, DenState
from innovation_den.models import Conflict, Den, Panellist, Pitch, Placement, Release, Room, Slot
from innovation_den.planning.problem import Plan
from innovation_den.queries.plans import accepted_pitches, broken_in, placements_of
from innovation_den.queries.programme import firms_in, last_release, panel_of, programme_of, seen_pitches
from portal.govuk.formats import when

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User
    from portal.organisations.models import Organisation

Entry = dict[str, Any]
MOST_NAMED = 5
RELEASABLE = frozenset({DenState.SCHEDULING, DenState.ON_THE_DAY})


# --- What it holds -----------------------------------------------------------------------------------


def draft_entries(den: Den) -> list[Entry]:
    """The draft as a release would hold it."""
    pitches = {pitch.pk: pitch for pitch in accepted_pitches(den)}
    return [
        _entry(pitch, firms_in(pitch), one.during, one, sorted(one.panel.all(), key=_by_name))
        for one in placements_of(den)
        if (pitch := pitches.get(one.pitch_id))
    ]


@dataclass(frozen=True)
class At:
    session_id: int
    room_id: int
    room: Room


def plan_entries(den: Den, plan: Plan) -> list[Entry]:
    """A plan as a release would hold it, of what is still there."""
    pitches = {pitch.pk: pitch for pitch in accepted_pitches(den)}
    sessions = {one.pk: one for one in den.sessions.all()}  # type: ignore[attr-defined]
    rooms = {one.pk: one for one in den.rooms.all()}  # type: ignore[attr-defined]
    seats = {one.pk: one for one in den.panellists.all()}  # type: ignore[attr-defined]
    return [
        _entry(
            pitches[pk],
            firms_in(pitches[pk]),
            sessions[at.session].slots[at.slot],
            At(at.session, at.room, rooms[at.room]),
            sorted((seats[one] for one in at.panel if one in seats), key=_by_name),
        )
        for pk, at in plan.places.items()
        if pk in pitches and at.room in rooms and at.session in sessions and at.slot < sessions[at.session].slot_count
    ]


def _by_name(seat: Panellist) -> tuple[str, int]:
    return seat.name, seat.pk


def live_entries(den: Den) -> list[Entry]:
    """The programme that is out, as a release would hold it."""
    return [
        _entry(slot.pitch, firms_in(slot.pitch), (slot.starts_at, slot.ends_at), slot, panel_of(slot))
        for slot in programme_of(den)
    ]


def _entry(
    pitch: Pitch,
    firms: Sequence[Organisation],
    during: tuple[datetime, datetime],
    at: Placement | Slot | At,
    panel: Iterable[Any],
) -> Entry:
    return {
        "pitch": pitch.reference,
        "title": pitch.title,
        "summary": pitch.summary,
        "firms": [str(firm) for firm in firms],
        "starts_at": during[0].isoformat(),
        "ends_at": during[1].isoformat(),
        "session": at.session_id,
        "room": {"id": at.room_id, "name": at.room.name},
        "panel": [{"id": one.pk, "name": one.name, "sector": one.sector} for one in panel],
    }


# --- What it changes ---------------------------------------------------------------------------------


def differences(before: Iterable[Entry], after: Iterable[Entry]) -> list[Entry]:
    """By pitch, in words: `says` of its time and room, which is public, and `panel` of who hears it, which is not."""
    old, new = {one["pitch"]: one for one in before}, {one["pitch"]: one for one in after}
    found = []
    for reference in [*new, *(one for one in old if one not in new)]:
        was, now = old.get(reference), new.get(reference)
        says, panel = _moved(was, now), _reseated(was, now)
        if says or panel:
            title = (now or was or {})["title"]
            found.append({"pitch": reference, "title": title, "says": says, "panel": panel})
    return found


def _moved(was: Entry | None, now: Entry | None) -> str:
    if now is None:
        return f"Is off the programme; it was {_where(was or {})}"
    if was is None:
        return f"Is new: {_where(now)}"
    return f"Moves from {_where(was)} to {_where(now)}" if _where(was) != _where(now) else ""


def _where(entry: Mapping[str, Any]) -> str:
    return f"{when(parse_datetime(entry['starts_at']))} in {entry['room']['name']}"


def _reseated(was: Entry | None, now: Entry | None) -> str:
    if not now:
        return ""
    if not was:
        return f"Heard by {', '.join(one['name'] for one in now['panel']) or 'nobody yet'}"
    old = {one["id"]: one["name"] for one in was["panel"]}
    new = {one["id"]: one["name"] for one in now["panel"]}
    into = ", ".join(name for pk, name in new.items() if pk not in old)
    out = ", ".join(name for pk, name in old.items() if pk not in new)
    if into and out:
        return f"{into} hears it in place of {out}"
    return f"{into} joins its panel" if into else f"{out} leaves its panel" if out else ""


def visible_releases(den: Den, user: User | AnonymousUser) -> list[Release]:
    """Every release, the newest first, each with the changes that this reader may see as `changes`."""
    seen = set(seen_pitches(user).filter(den=den).values_list("reference", flat=True))
    releases = list(den.releases.select_related("released_by").defer("content"))
    for release in releases:
        changes = [one for one in release.differences if one["pitch"] in seen and one["says"]]
        release.changes = changes  # type: ignore[attr-defined]
    return releases


# --- Why not ------------------------------------------------------------------------------------------


def why_not_release(den: Den) -> list[str]:
    """Every reason why the draft cannot go out; none where it can."""
    if den.state not in RELEASABLE:
        return ["A programme is released while the den is being scheduled, or on the day"]
    return [*_unplaced(den), *_undecided(den), *(one.says for one in broken_in(den) if one.rule != "placed")]


def why_not_in_force(den: Den) -> list[str]:
    """Why the day cannot begin: the programme that is out must be the draft, and must hold every pitch.

    In numbers, never by title: whoever moves the den on may have a conflict over the pitch.
    """
    if last_release(den) is None:
        return ["Release the programme first, so that firms and panellists know when to come"]
    if differences(live_entries(den), draft_entries(den)):
        return ["The draft differs from the programme that is out. Release it, or change it back"]
    left = len(unplaced_pitches(den))
    return [f"Every pitch needs a slot. Pitches without one: {left}"] if left else []


def _unplaced(den: Den) -> list[str]:
    left = unplaced_pitches(den)
    if not left:
        return []
    names = ", ".join(str(pitch) for pitch in left[:MOST_NAMED])
    more = f" and {len(left) - MOST_NAMED} more" if len(left) > MOST_NAMED else ""
    return [f"Every pitch needs a slot. Without one: {names}{more}"]


def unplaced_pitches(den: Den) -> list[Pitch]:
    placed = {one.pitch_id for one in placements_of(den)}
    return [pitch for pitch in accepted_pitches(den) if pitch.pk not in placed]


def _undecided(den: Den) -> list[str]:
    waiting = Conflict.objects.filter(pitch__den=den, state=ConflictState.OPEN).count()
    return [f"Conflicts that wait for a decision: {waiting}. Confirm or dismiss each"] if waiting else []
