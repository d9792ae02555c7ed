"""What a new plan changes against the one before, in words that can be sent."""

from __future__ import annotations

from collections.abc import Iterable

from innovation_den.planning.problem import Names, Place, Plan


def differences(before: Plan, after: Plan, names: Names) -> list[str]:
    """A sentence for each pitch whose time, room or panel is another; those that are gone come last."""
    changed = [
        pitch for pitch in {*before.places, *after.places} if before.places.get(pitch) != after.places.get(pitch)
    ]
    ordered = sorted(changed, key=lambda pitch: (pitch not in after.places, _title(pitch, names), pitch))
    return [_sentence(pitch, before.places.get(pitch), after.places.get(pitch), names) for pitch in ordered]


def _sentence(pitch: int, old: Place | None, new: Place | None, names: Names) -> str:
    title = f"“{_title(pitch, names)}”"
    if new is None:
        return f"{title} is no longer on the programme."
    if old is None:
        panel = _people(new.panel, names)
        return f"{title} is new: {_time(new, names)}, in {_room(new, names)}" + (f", before {panel}." if panel else ".")
    moves = _moves(old, new, names)
    if not moves:
        return _seats(old, new, names, f"the panel of {title}")
    seats = _seats(old, new, names, "its panel")
    return f"{title} {moves}. {seats}".rstrip()


def _title(pitch: int, names: Names) -> str:
    return names.pitches.get(pitch, f"Pitch {pitch}")


def _moves(old: Place, new: Place, names: Names) -> str:
    if old.time != new.time:
        room = f", in {_room(new, names)}" if old.room != new.room else ""
        return f"moves from {_time(old, names)} to {_time(new, names)}{room}"
    return f"moves from {_room(old, names)} to {_room(new, names)}" if old.room != new.room else ""


def _seats(old: Place, new: Place, names: Names, where: str) -> str:
    going, coming = _people(old.panel - new.panel, names), _people(new.panel - old.panel, names)
    one = len(new.panel - old.panel) == 1
    if going and coming:
        return f"On {where}, {coming} {'takes the place' if one else 'take the places'} of {going}."
    if coming:
        return f"{coming} {'joins' if one else 'join'} {where}."
    leaves = "leaves" if len(old.panel - new.panel) == 1 else "leave"
    return f"{going} {leaves} {where}." if going else ""


def _people(numbers: Iterable[int], names: Names) -> str:
    known = sorted(names.panellists.get(number, f"Panellist {number}") for number in numbers)
    return " and ".join([", ".join(known[:-1]), known[-1]] if known[1:] else known)


def _time(place: Place, names: Names) -> str:
    return names.times.get(place.time, f"slot {place.slot + 1} of session {place.session}")


def _room(place: Place, names: Names) -> str:
    return names.rooms.get(place.room, f"room {place.room}")
