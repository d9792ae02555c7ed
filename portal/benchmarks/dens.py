"""Dens to plan, drawn around a hidden plan so that there surely is one; the same for the same seed."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from innovation_den.planning.problem import SECTORS, HalfDay, Panellist, Pitch, Problem, Room, Session

FIRST = date(2026, 11, 24)
FILLED = 0.8  # of all places
MINUTES, PAUSE_AFTER, PAUSE = 20, 3, 15
SHAPES = {12: (9, 2, 5), 24: (12, 2, 5), 40: (16, 3, 5), 80: (24, 4, 6)}  # pitches: panellists, rooms, slots
CAPABILITIES = 12


def den_with_panels(pitches: int, seed: int) -> Problem:
    """Three in ten half-days impossible for firms, half for panellists, and one pair in ten in conflict."""
    chance = Random(seed * 1000 + pitches)  # noqa: S311 - figures for a measurement
    panellists, rooms, slots = SHAPES[pitches]
    sessions = _sessions(-int(-pitches // (FILLED * rooms * slots)), rooms, slots)
    hidden = _Hidden(chance, sessions, pitches, panellists)
    return Problem(
        tuple(hidden.pitch(number) for number in range(pitches)),
        tuple(hidden.panellist(number) for number in range(panellists)),
        sessions,
        tuple(Room(room, frozenset({"screen", "step_free"} if room % 2 else {"screen"})) for room in range(rooms)),
    )


def _sessions(number: int, rooms: int, slots: int) -> tuple[Session, ...]:
    return tuple(
        Session(
            run, FIRST + timedelta(days=run // 2), ("am", "pm")[run % 2],
            tuple((start, start + MINUTES) for slot in range(slots) for start in [
                (9 * 60, 13 * 60 + 30)[run % 2] + slot * MINUTES + slot // PAUSE_AFTER * PAUSE
            ]),
            tuple(range(rooms)),
        )
        for run in range(number)
    )  # fmt: skip


class _Hidden:
    """A plan with a standing panel in each room, around which the rules are drawn."""

    def __init__(self, chance: Random, sessions: tuple[Session, ...], pitches: int, panellists: int) -> None:
        self.chance, self.sessions, self.pitches = chance, sessions, pitches
        self.half_days = [session.half_day for session in sessions]
        places = [
            (session, slot, room)
            for session in range(len(sessions))
            for slot in range(len(sessions[session].slots))
            for room in sessions[session].rooms
        ]
        self.places = chance.sample(places, pitches)
        self.panels: dict[tuple[int, int], list[int]] = {}
        for session in range(len(sessions)):
            rooms = sessions[session].rooms
            of_sector = [chance.sample(range(sector, panellists, 3), len(rooms)) for sector in range(3)]
            self.panels |= {(session, room): [members[room] for members in of_sector] for room in rooms}

    def pitch(self, number: int) -> Pitch:
        session, slot, room = self.places[number]
        days, chance = self.half_days, self.chance
        firms, other = {number}, chance.randrange(self.pitches)
        if chance.random() < 0.15 and other < number and self.places[other][:2] != (session, slot):
            firms = {other}  # a second pitch from a firm
        return Pitch(
            number,
            frozenset(firms) if self._apart(firms, number) else frozenset({number}),
            needs=frozenset({"step_free"}) if room % 2 and chance.random() < 0.3 else frozenset(),
            unavailable=frozenset(day for day in days if day != days[session] and chance.random() < 0.3),
            wishes=frozenset({chance.choice(days)}) if chance.random() < 0.4 else frozenset(),
            capabilities=frozenset(chance.sample(range(CAPABILITIES), 3)),
        )

    def _apart(self, firms: set[int], number: int) -> bool:
        """A firm with two pitches has them at two times: one that gave its place away has one of its own."""
        return firms == {number} or all(self.places[firm][:2] != self.places[number][:2] for firm in firms)

    def panellist(self, number: int) -> Panellist:
        chance = self.chance
        sits = {self.half_days[session] for (session, _), panel in self.panels.items() if number in panel}
        heard = {pitch for pitch, (session, _, room) in enumerate(self.places) if number in self.panels[session, room]}
        return Panellist(
            number,
            SECTORS[number % 3],
            frozenset(sits | {day for day in self.half_days if chance.random() < 0.5}),
            frozenset(chance.sample(range(CAPABILITIES), 5)),
            frozenset(pitch for pitch in range(self.pitches) if pitch not in heard and chance.random() < 0.1),
        )


def den_without_panels(pitches: int, seed: int) -> Problem:
    """Five sessions' worth of slots in a few rooms; a third of half-days impossible, six clashes for each pitch."""
    chance = Random(seed * 1000 + pitches)  # noqa: S311 - figures for a measurement
    rooms = {20: 2, 60: 3, 120: 4, 200: 5}[pitches]
    slots = 5
    sessions = _sessions(-int(-pitches // (FILLED * rooms * slots)), rooms, slots)
    places = chance.sample(
        [(session.id, slot, room) for session in sessions for slot in range(slots) for room in range(rooms)], pitches
    )
    firms: dict[int, set[int]] = {number: {number} for number in range(pitches)}
    for clash in range(pitches, 4 * pitches):
        one, other = chance.sample(range(pitches), 2)
        if places[one][:2] != places[other][:2]:
            firms[one].add(clash)
            firms[other].add(clash)
    days: list[HalfDay] = [session.half_day for session in sessions]
    return Problem(
        tuple(
            Pitch(
                number,
                frozenset(firms[number]),
                unavailable=frozenset(day for day in days if day != days[places[number][0]] and chance.random() < 0.35),
                wishes=frozenset({chance.choice(days)}) if chance.random() < 0.4 else frozenset(),
            )
            for number in range(pitches)
        ),
        (),
        sessions,
        tuple(Room(room) for room in range(rooms)),
        panel_size=0,
    )
