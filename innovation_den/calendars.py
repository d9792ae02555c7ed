"""Slots as calendar entries (RFC 5545): a feed to subscribe to, and an invitation or its end (RFC 5546) to take in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.crypto import salted_hmac
from icalendar import Calendar, Event, vCalAddress, vText

from innovation_den.models import Den, Slot, SlotInvitation
from innovation_den.queries.programme import firms_in
from portal.notifications.links import absolute

if TYPE_CHECKING:
    from portal.accounts.models import User

MEDIA_TYPE = "text/calendar"
REFRESH = "PT1H"


def uid_of(slot: Slot) -> str:
    """The same for as long as the slot is there, and without a word of what it is."""
    drawn = salted_hmac("innovation_den.slot", str(slot.pk), algorithm="sha256").hexdigest()[:32]
    return f"{drawn}@{urlsplit(settings.SITE_URL).hostname}"


def programme_calendar(den: Den, slots: Iterable[Slot], now: datetime) -> bytes:
    """The public programme. Links to rooms are for those who take part, so they are not in it."""
    calendar = _calendar(f"{den}: programme", "PUBLISH")
    for slot in slots:
        calendar.add_component(_event(slot, slot.sequence, now))
    return calendar.to_ical()


def personal_calendar(slots: Iterable[Slot], sequences: dict[int, int], now: datetime) -> bytes:
    """Every slot of one person, with the links to its rooms."""
    calendar = _calendar("My slots in innovation dens", "PUBLISH")
    for slot in slots:
        event = _event(slot, sequences.get(slot.pk, slot.sequence), now)
        _add_link(event, slot)
        calendar.add_component(event)
    return calendar.to_ical()


def invitation_calendar(invitation: SlotInvitation, slot: Slot, now: datetime) -> bytes:
    """One slot for one person: asked for while it stands, cancelled once it does not."""
    is_cancelled = invitation.cancelled_at is not None
    calendar = _calendar("", "CANCEL" if is_cancelled else "REQUEST")
    event = _cancelled(invitation, slot, now) if is_cancelled else _event(slot, invitation.sequence, now)
    if not is_cancelled:
        _add_link(event, slot)
    event.add("organizer", _organizer(slot.den))
    event.add("attendee", _attendee(invitation.user), encode=False)
    calendar.add_component(event)
    return calendar.to_ical()


def entity_tag(*parts: object) -> str:
    """Of what the answer is made of, so that a calendar which has it is sent nothing."""
    return f'"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"'


def _calendar(name: str, method: str) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", f"-//{settings.SERVICE_NAME}//Innovation den//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    if name:
        calendar.add("name", name)
        calendar.add("x-wr-calname", name)
        calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"}, encode=False)
        calendar.add("x-published-ttl", REFRESH)
    return calendar


def _event(slot: Slot, sequence: int, now: datetime) -> Event:
    event = _bare(slot, sequence, slot.starts_at, slot.ends_at, now)
    pitch, room = slot.pitch, slot.room
    firms = ", ".join(str(firm) for firm in firms_in(pitch))
    event.add("summary", f"{pitch} ({firms})")
    event.add("description", f"{pitch.summary}\n\n{slot.den}, {slot.den.host}".strip())
    event.add("location", ", ".join(filter(None, [room.name, room.place])))
    event.add("url", absolute(slot.den.get_absolute_url()))
    event.add("status", "CONFIRMED")
    return event


def _cancelled(invitation: SlotInvitation, slot: Slot, now: datetime) -> Event:
    """Without the title, firm or summary: a conflict may be why it is no longer theirs."""
    event = _bare(slot, invitation.sequence, invitation.starts_at, invitation.ends_at, now)
    event.add("summary", f"Called off: a pitch in {slot.den}")
    event.add("status", "CANCELLED")
    return event


def _bare(slot: Slot, sequence: int, starts_at: datetime, ends_at: datetime, now: datetime) -> Event:
    event = Event()
    event.add("uid", uid_of(slot))
    event.add("sequence", sequence)
    event.add("dtstamp", now)
    event.add("dtstart", starts_at)
    event.add("dtend", ends_at)
    return event


def _add_link(event: Event, slot: Slot) -> None:
    if slot.room.link:
        event["description"] = vText(f"{event['description']}\n\nJoin: {slot.room.link}")


def _organizer(den: Den) -> vCalAddress:
    organizer = vCalAddress(f"mailto:{den.owner.email}")
    organizer.params["cn"] = vText(str(den.host))
    return organizer


def _attendee(user: User) -> vCalAddress:
    attendee = vCalAddress(f"mailto:{user.email}")
    attendee.params["cn"] = vText(user.name)
    attendee.params["role"] = vText("REQ-PARTICIPANT")
    attendee.params["partstat"] = vText("NEEDS-ACTION")
    return attendee
