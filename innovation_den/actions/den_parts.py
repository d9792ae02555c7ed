"""A den's criteria, own questions, rooms and sessions: added, changed, removed, put in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Count

from innovation_den.actions.changes import save_changes
from innovation_den.actions.dens import PUBLISHED, locked_den
from innovation_den.choices import DenState, Half
from innovation_den.models import Criterion, Den, EligibilityQuestion, Room, Session
from portal.audit.actions import record
from portal.govuk.dates import london
from portal.records import sent_before
from portal.refusals import Reason, Refused

if TYPE_CHECKING:
    from portal.accounts.models import User

ARRANGED = frozenset({DenState.DRAFT, DenState.OPEN, DenState.SCREENING, DenState.SCHEDULING})
LATEST_MORNING_END = 13  # o'clock
MOST = 40  # of one kind: each stands on one page, and the plan of the day grows with them


@dataclass(frozen=True)
class Part:
    """One kind of thing that a den has many of; what firms rely on is frozen when the den is published."""

    model: type[Any]
    noun: str
    fields: frozenset[str]
    is_frozen: bool = False

    @property
    def is_ordered(self) -> bool:
        return any(field.name == "position" for field in self.model._meta.fields)


PARTS: dict[str, Part] = {
    "criteria": Part(
        Criterion, "criterion", frozenset({"title", "help", "weight", "is_optional", "scale"}), is_frozen=True
    ),
    "questions": Part(EligibilityQuestion, "question", frozenset({"text", "type"}), is_frozen=True),
    "rooms": Part(Room, "room", frozenset({"name", "place", "link", "features"})),
    "sessions": Part(
        Session,
        "session",
        frozenset({"starts_at", "slot_minutes", "slot_count", "break_after", "break_minutes", "rooms", "is_recorded"}),
    ),
}


def why_not_change(den: Den, kind: str) -> str:
    """Why parts of this kind are settled; empty while they may be changed."""
    if PARTS[kind].is_frozen and den.state != DenState.DRAFT:
        return PUBLISHED
    if den.state not in ARRANGED:
        return "The programme stands, so rooms and sessions can no longer be changed"
    return ""


def _locked_for(den: Den, kind: str, by: User) -> Den:
    den = locked_den(den, by)
    if why := why_not_change(den, kind):
        raise Refused(why)
    return den


@transaction.atomic
def save_part(
    *,
    den: Den,
    kind: str,
    by: User,
    fields: Mapping[str, Any],
    pk: int | None = None,
    version: int = 0,
    submission_key: UUID | None = None,
) -> Any:
    """Add a part, or change the one with the key. The same form sent twice adds it once."""
    den, part = _locked_for(den, kind, by), PARTS[kind]
    rows = part.model.objects.filter(den=den)
    if pk is None:
        if submission_key and (made := sent_before(rows, submission_key)):
            return made
        if rows.count() >= MOST:
            raise Refused(f"A den may have up to {MOST} {kind}. Remove one first")
        row = part.model(den=den, submission_key=submission_key or uuid4())
    else:
        row = rows.filter(pk=pk).first()
        if row is None:
            raise Refused(f"A colleague has removed this {part.noun}")
    reasons = _why_not(den, kind, row, fields)
    if reasons:
        raise Refused(reasons)
    return _write(den, kind, row, fields, version, by)


def _write(den: Den, kind: str, row: Any, fields: Mapping[str, Any], version: int, by: User) -> Any:
    part = PARTS[kind]
    if row.pk is None:
        version = row.version
        if part.is_ordered:
            row.position = part.model.objects.filter(den=den).count()
        _first_write(row, fields)
        record("innovation_den.den.saved", target=den, by=by, new={part.noun: str(row)})
    elif changes := save_changes(row, version, fields, part.fields):
        record("innovation_den.den.saved", target=den, by=by, old=changes.old, new={part.noun: str(row), **changes.new})
    return row


def _first_write(row: Any, fields: Mapping[str, Any]) -> None:
    rooms = fields.get("rooms")
    for name, value in fields.items():
        if name != "rooms":
            setattr(row, name, value)
    row.save()
    if rooms is not None:
        row.rooms.set(rooms)


@transaction.atomic
def remove_part(*, den: Den, kind: str, pk: int, by: User) -> None:
    """Take a part out; one that a pitch is placed in stays."""
    den, part = _locked_for(den, kind, by), PARTS[kind]
    row = part.model.objects.filter(den=den, pk=pk).first()
    if row is None:
        return
    if why := _why_not_remove(den, kind, row):
        raise Refused(why)
    record("innovation_den.den.saved", target=den, by=by, old={part.noun: str(row)})
    row.delete()


def _why_not_remove(den: Den, kind: str, row: Any) -> str:
    """A place that is taken, or without which the published day could not be held; empty where it may go."""
    if kind not in {"rooms", "sessions"}:
        return ""
    if row.programme.exists() or row.placements.exists():
        return f"Pitches are placed in this {PARTS[kind].noun}. Move them first"
    if den.state == DenState.DRAFT:
        return ""
    if kind == "sessions" and den.sessions.count() == 1:
        return "The den is published, so it needs at least one session. Change this one, or add another first"
    if kind == "rooms" and den.sessions.annotate(left=Count("rooms")).filter(rooms=row, left=1).exists():
        return "A session has only this room. Give the session another room first"
    return ""


@transaction.atomic
def move_part(*, den: Den, kind: str, pk: int, up: bool, by: User) -> None:
    """Swap a criterion or question with the one before or after it."""
    den, part = _locked_for(den, kind, by), PARTS[kind]
    rows = list(part.model.objects.filter(den=den)) if part.is_ordered else []
    here = next((number for number, row in enumerate(rows) if row.pk == pk), None)
    there = None if here is None else here + (-1 if up else 1)
    if here is None or there is None or not 0 <= there < len(rows):
        return
    rows[here], rows[there] = rows[there], rows[here]
    for position, row in enumerate(rows):
        if row.position != position:
            row.position = position
            row.save(update_fields=["position"])
    record("innovation_den.den.saved", target=den, by=by, new={f"order of {kind}": [str(row) for row in rows]})


# --- What a part must keep --------------------------------------------------------------------------


def _why_not(den: Den, kind: str, row: Any, fields: Mapping[str, Any]) -> list[Reason]:
    """Every rule that the part would break."""
    if kind == "sessions":
        return _session_reasons(den, row, fields)
    unique = {"criteria": "title", "rooms": "name"}.get(kind)
    if unique and PARTS[kind].model.objects.filter(den=den, **{unique: fields[unique]}).exclude(pk=row.pk).exists():
        return [Reason(f"This den has another {PARTS[kind].noun} of this name. Choose another one", unique)]
    return []


def _session_reasons(den: Den, row: Session, fields: Mapping[str, Any]) -> list[Reason]:
    times = {name: value for name, value in fields.items() if name not in {"rooms", "is_recorded"}}
    wanted = Session(den=den, **times)
    reasons = []
    if row.pk and row.programme.exists() and any(getattr(row, name) != value for name, value in times.items()):
        reasons.append(Reason("Pitches are on the programme of this session. Move them before you change its times"))
    if den.state != DenState.DRAFT and den.closes_at and wanted.starts_at <= den.closes_at:
        reasons.append(Reason("The session must start after the call closes", "starts_at"))
    if why := _why_not_one_half_day(wanted):
        reasons.append(Reason(why, "slot_count"))
    rooms = {room.pk for room in fields.get("rooms", ())}
    if row.pk and row.programme.filter(cancelled_at=None).exclude(room__in=rooms).exists():
        reasons.append(Reason("Pitches are on the programme in a room that you took out. Move them first", "rooms"))
    if rooms - {*den.rooms.values_list("pk", flat=True)}:
        reasons.append(Reason("Choose rooms of this den", "rooms"))
    for other in den.sessions.exclude(pk=row.pk).prefetch_related("rooms"):
        if (
            other.starts_at < wanted.ends_at
            and wanted.starts_at < other.ends_at
            and (other.starts_at == wanted.starts_at or rooms & {room.pk for room in other.rooms.all()})
        ):
            reasons.append(Reason(f"The session of {other} uses the same room at the same time", "starts_at"))
    return reasons


def _why_not_one_half_day(session: Session) -> str:
    """People say half-day by half-day when they are free, so a session keeps to one."""
    day, half = session.half_day
    end = london(day, time(LATEST_MORNING_END)) if half == Half.MORNING else london(day, time(23, 59))
    if session.ends_at <= end:
        return ""
    if half == Half.MORNING:
        return "A session that begins in the morning must end by 1pm. Use fewer slots, or add one for the afternoon"
    return "A session must end on the day that it begins. Use fewer slots"
