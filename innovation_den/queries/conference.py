"""The programme in the schedule.json layout of frab and pretalx, which conference apps read."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify

from innovation_den.models import Den, Release, Room, Slot
from innovation_den.queries.programme import firms_in, slots_by_day
from portal.notifications.links import absolute

SCHEMA = "https://c3voc.de/schedule/schema.json"
NAMESPACE = uuid.UUID("6f1c8a52-5a0e-4c3e-9d4b-0f5f6d0f8f3a")
LANGUAGE = "en"


def conference_schedule(den: Den, release: Release, slots: Sequence[Slot]) -> dict[str, Any]:
    """Firms stand where speakers do. Scores, panels and links to rooms are no part of it."""
    return {
        "$schema": SCHEMA,
        "generator": {"name": settings.SERVICE_NAME, "version": "1"},
        "schedule": {
            "url": absolute(reverse("innovation_den:schedule-json", args=[den.reference])),
            "version": f"{release.number}",
            "base_url": absolute(den.get_absolute_url()),
            "conference": _conference(den, slots),
        },
    }


def _conference(den: Den, slots: Sequence[Slot]) -> dict[str, Any]:
    days = slots_by_day(slots)
    rooms = {slot.room.pk: slot.room for slot in slots}
    today = timezone.localdate(den.published_at)
    shortest = min((slot.ends_at - slot.starts_at for slot in slots), default=timedelta(minutes=5))
    return {
        "acronym": den.reference,
        "title": str(den),
        "description": den.challenge,
        "start": f"{(days[0][0].date() if days else today).isoformat()}",
        "end": f"{(days[-1][0].date() if days else today).isoformat()}",
        "daysCount": len(days),
        "timeslot_duration": _clock(shortest),
        "time_zone_name": settings.TIME_ZONE,
        "colors": {"primary": "#0e6b61"},
        "rooms": [_room(room) for room in rooms.values()],
        "tracks": [],
        "days": [_day(number, day, found) for number, (day, found) in enumerate(days, start=1)],
    }


def _room(room: Room) -> dict[str, Any]:
    return {
        "name": room.name,
        "slug": f"{room.pk}-{slugify(room.name)}".rstrip("-"),
        "guid": str(uuid.uuid5(NAMESPACE, f"room {room.pk}")),
        "description": room.place or None,
        "capacity": None,
    }


def _day(number: int, day: datetime, slots: Sequence[Slot]) -> dict[str, Any]:
    rooms: dict[str, list[dict[str, Any]]] = {}
    for slot in slots:
        rooms.setdefault(slot.room.name, []).append(_event(slot))
    ends = timezone.make_aware(datetime.combine(day.date(), time(23, 59)))
    return {
        "index": number,
        "date": day.date().isoformat(),
        "day_start": day.isoformat(),
        "day_end": ends.isoformat(),
        "rooms": rooms,
    }


def _event(slot: Slot) -> dict[str, Any]:
    pitch, start = slot.pitch, timezone.localtime(slot.starts_at)
    return {
        "guid": str(uuid.uuid5(NAMESPACE, f"pitch {pitch.reference}")),
        "code": pitch.reference,
        "id": slot.pk,
        "logo": None,
        "date": start.isoformat(),
        "start": f"{start:%H:%M}",
        "duration": _clock(slot.ends_at - slot.starts_at),
        "room": slot.room.name,
        "slug": f"{pitch.reference}-{slugify(pitch.title)}".rstrip("-"),
        "url": absolute(reverse("innovation_den:programme", args=[slot.den.reference])) + f"#{pitch.reference}",
        "title": pitch.title,
        "subtitle": "",
        "track": None,
        "type": "Pitch",
        "language": LANGUAGE,
        "abstract": pitch.summary,
        "description": "",
        "recording_license": "",
        "do_not_record": not slot.session.is_recorded,
        "persons": [_person(firm.pk, str(firm)) for firm in firms_in(pitch)],
        "links": [],
        "attachments": [],
        "answers": [],
    }


def _person(pk: int, name: str) -> dict[str, Any]:
    return {
        "guid": str(uuid.uuid5(NAMESPACE, f"firm {pk}")),
        "id": pk,
        "code": str(pk),
        "name": name,
        "public_name": name,
        "avatar": None,
        "biography": None,
        "answers": [],
    }


def _clock(length: timedelta) -> str:
    minutes = length // timedelta(minutes=1)
    return f"{minutes // 60:02}:{minutes % 60:02}"
