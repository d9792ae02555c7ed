"""The decision record: one canonical text of everything that was considered, and its SHA-256.

The text is JSON with its keys sorted by code point, no space between its parts, nothing escaped that need not
be, and no fraction: whoever writes the same facts gets the same bytes, and with them the same hash.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings

from techmap.models import Shortlist, ShortlistEntry, ShortlistNote

if TYPE_CHECKING:
    from portal.accounts.models import User
    from portal.organisations.models import Organisation

FORMAT = "threepoint-decision-record"
FORMAT_VERSION = 1
NO_NAME = "A user without a name"
IN, OUT = "in", "left out"

Facts = dict[str, Any]


def canonical(facts: Mapping[str, Any]) -> str:
    """The one text of these facts. Raises `TypeError` for a fraction, and for what JSON does not have."""
    _check(facts)
    return json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _check(value: Any) -> None:
    """Floats read back differently elsewhere; keys that are not text would all be written as text."""
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise TypeError("Every key of a record is text.")
        for item in value.values():
            _check(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _check(item)
    elif not (value is None or isinstance(value, str | int)):
        raise TypeError(f"A record holds no {type(value).__name__}.")


def plain(value: Any) -> Any:
    """The value as a record may hold it: fractions, dates and times as text, keys as text."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in (sorted(value) if isinstance(value, set | frozenset) else value)]
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float | Decimal):
        return str(value)
    # NUL is in no text of PostgreSQL.
    return value.replace("\x00", "") if isinstance(value, str) else value


def hash_of(content: str | bytes) -> str:
    """The SHA-256 in hexadecimal; of a text, of its UTF-8 bytes."""
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


def instant(at: datetime | None) -> str | None:
    """The time in UTC to the second: 2026-12-03T17:30:00Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


# --- What is recorded ------------------------------------------------------------------------------


def facts_of(shortlist: Shortlist) -> Facts:
    """Everything that was considered and decided so far: what an editor looks at before locking it.

    Three queries, however many suppliers and notes there are.
    """
    entries = list(
        shortlist.entries.select_related("supplier", "decided_by", "added_by").prefetch_related("supplier__identifiers")
    )
    positions = {entry.pk: entry.position for entry in entries}
    notes = shortlist.notes.select_related("by")
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "portal": {"name": settings.SERVICE_NAME, "address": settings.SITE_URL},
        "organisation": _body(shortlist.organisation),
        "reference": str(shortlist.public_id),
        "title": shortlist.title,
        "purpose": shortlist.purpose,
        "search": _search(shortlist),
        "reasoning": plain(shortlist.reasoning),
        "suppliers": [_supplier(entry) for entry in entries],
        "notes": [_note(note, positions) for note in notes],
        "outcome": {
            "code": shortlist.outcome,
            "words": shortlist.get_outcome_display(),
            "reason": shortlist.outcome_reason,
        },
        "created": {"by": _name(shortlist.created_by), "at": instant(shortlist.created_at)},
    }


def build(shortlist: Shortlist, *, by: User, now: datetime) -> Facts:
    """The record of a shortlist that `by` locks at `now`."""
    return facts_of(shortlist) | {"locked": {"by": _name(by), "at": instant(now)}}


def seen_of(shortlist: Shortlist) -> str:
    """A mark of all that would be recorded now: it differs as soon as anything does."""
    return hash_of(canonical(facts_of(shortlist)))


def read(shortlist: Shortlist) -> Facts:
    """The record of a locked shortlist. Raises `ValueError` where text and hash are no longer one."""
    if hash_of(shortlist.record) != shortlist.record_hash:
        raise ValueError(f"The record of shortlist {shortlist.pk} is not the one that was locked.")
    return dict(json.loads(shortlist.record))


def _search(shortlist: Shortlist) -> Facts:
    return {
        "address": shortlist.query,
        "words": shortlist.query_words,
        "data_version": shortlist.data_version,
        "drawn_at": instant(shortlist.drawn_at),
        "gave_the_suppliers": shortlist.from_search,
    }


def _body(organisation: Organisation) -> Facts:
    return {"name": organisation.name, "identifiers": _identifiers(organisation)}


def _supplier(entry: ShortlistEntry) -> Facts:
    return {
        "position": entry.position,
        "name": entry.supplier.name,
        "identifiers": _identifiers(entry.supplier),
        "why_found": entry.why_found,
        "added": {"by": _name(entry.added_by), "at": instant(entry.added_at)} if entry.added_at else None,
        "decision": OUT if entry.is_left_out else IN,
        "reason": entry.reason,
        "decided": {"by": _name(entry.decided_by), "at": instant(entry.decided_at)} if entry.decided_at else None,
    }


def _note(note: ShortlistNote, positions: dict[int, int]) -> Facts:
    about = positions[note.entry_id] if note.entry_id else None
    return {"about_position": about, "text": note.text, "by": _name(note.by), "at": instant(note.at)}


def _identifiers(organisation: Organisation) -> list[Facts]:
    found: Iterable[Any] = organisation.identifiers.all()
    return [{"scheme": item.scheme, "value": item.value} for item in found]


def _name(user: User | None) -> str | None:
    return (user.name or NO_NAME) if user else None


def in_rows(value: Any, label: str = "") -> Iterator[tuple[str, str]]:
    """What a reasoning holds, as labels and texts: parts within parts have their labels joined."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            words = str(key).replace("_", " ")
            yield from in_rows(item, f"{label}, {words}" if label else words[:1].upper() + words[1:])
    elif isinstance(value, list) and any(isinstance(item, Mapping | list) for item in value):
        for number, item in enumerate(value, 1):
            yield from in_rows(item, f"{label} {number}")
    elif isinstance(value, list):
        yield label, ", ".join(map(_text, value))
    else:
        yield label, _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return "" if value is None else str(value)


def with_times(value: Any) -> Any:
    """The record for people: what it gives as the time of something is a time again."""
    if isinstance(value, Mapping):
        return {
            key: datetime.fromisoformat(item) if key == "at" and item else with_times(item)
            for key, item in value.items()
        }
    return [with_times(item) for item in value] if isinstance(value, list) else value
