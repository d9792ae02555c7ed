"""What could go where at all, each rule taken alone: what is impossible here never reaches a model."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from functools import cached_property

from innovation_den.planning.problem import DAY, HalfDay, Lock, Panellist, Pitch, Problem, Session, Span

Time = tuple[int, int]  # session and slot
Cell = tuple[int, int]  # session and room
ANY_ROOM = -1  # of a cell: rooms do not matter to the plan and are given out afterwards


class Grid:
    """The problem's possibilities. Rooms are planned with the rest only where they can make a difference."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.times: list[Time] = [(session.id, slot) for session, slot in problem.times]
        self.spans: dict[Time, Span] = {time: problem.session[time[0]].span(time[1]) for time in self.times}
        self.has_rooms = problem.panel_size > 0 or self._rooms_differ()

    def _rooms_differ(self) -> bool:
        known = set(self.problem.room)
        return (
            any(pitch.needs for pitch in self.problem.pitches)
            or any(lock.room is not None for lock in self.problem.locked.values())
            or any(set(session.rooms) != known for session in self.problem.sessions)
        )

    # --- Pitches -------------------------------------------------------------------------------------

    @cached_property
    def times_of(self) -> dict[int, list[Time]]:
        """By pitch, the times at which its firms can come and that no lock rules out."""
        return {pitch.id: [time for time in self.times if self.can_come(pitch, time)] for pitch in self.problem.pitches}

    def can_come(self, pitch: Pitch, time: Time) -> bool:
        session, lock = self.problem.session[time[0]], self.lock(pitch.id)
        return (
            session.half_day not in pitch.unavailable
            and lock.session in (None, session.id)
            and lock.slot in (None, time[1])
            and not any(self.spans[time].meets(busy) for busy in pitch.busy)
        )

    def lock(self, pitch: int) -> Lock:
        return self.problem.locked.get(pitch, Lock())

    @cached_property
    def cells_of(self) -> dict[int, list[Cell]]:
        """By pitch, the sessions that have a time for it, each with the rooms that have what it needs."""
        return {
            pitch.id: [
                (session, room)
                for session in dict.fromkeys(session for session, _ in self.times_of[pitch.id])
                for room in self.rooms_of(pitch, self.problem.session[session])
            ]
            for pitch in self.problem.pitches
        }

    def rooms_of(self, pitch: Pitch, session: Session) -> list[int]:
        if not self.has_rooms:
            return [ANY_ROOM] if session.rooms else []
        wanted = self.lock(pitch.id).room
        return [
            room for room in session.rooms if pitch.needs <= self.problem.room[room].features and wanted in (None, room)
        ]

    # --- Panellists ----------------------------------------------------------------------------------

    @cached_property
    def panel_of(self) -> dict[int, list[Panellist]]:
        """By pitch, the panellists who may hear it at all."""
        return {
            pitch.id: [one for one in self.problem.panellists if pitch.id not in one.conflicts]
            for pitch in self.problem.pitches
        }

    def can_sit(self, panellist: Panellist, time: Time) -> bool:
        session = self.problem.session[time[0]]
        return session.half_day in panellist.free and not any(self.spans[time].meets(busy) for busy in panellist.busy)

    def seats_of(self, pitch: int) -> list[tuple[Panellist, int]]:
        """Who could hear the pitch in which session, at one of the times that the pitch has there."""
        return [
            (panellist, session)
            for session in dict.fromkeys(session for session, _ in self.cells_of[pitch])
            for panellist in self.panel_of[pitch]
            if any(self.can_sit(panellist, time) for time in self.times_of[pitch] if time[0] == session)
        ]

    @cached_property
    def people(self) -> dict[Hashable, list[Panellist]]:
        """Panellists by the person they are."""
        found: dict[Hashable, list[Panellist]] = {}
        for panellist in self.problem.panellists:
            found.setdefault(panellist.who, []).append(panellist)
        return found

    @cached_property
    def firms(self) -> dict[int, list[int]]:
        """By firm that gives several, its pitches."""
        found: dict[int, list[int]] = {}
        for pitch in self.problem.pitches:
            for firm in pitch.firms:
                found.setdefault(firm, []).append(pitch.id)
        return {firm: pitches for firm, pitches in found.items() if len(pitches) > 1}

    # --- Times ---------------------------------------------------------------------------------------

    def minute(self, time: Time) -> int:
        span = self.spans[time]
        return span.date.toordinal() * DAY + span.start

    def length(self, time: Time) -> int:
        return self.spans[time].end - self.spans[time].start

    @cached_property
    def cliques(self) -> list[list[Time]]:
        """Times that all meet one another, as large as can be: of these nobody can have two."""
        found = [[other for other in self.times if self._covers(other, self.minute(time))] for time in self.times]
        unique = sorted({tuple(sorted(clique)) for clique in found}, key=len, reverse=True)
        kept: list[list[Time]] = []
        for clique in unique:
            if not any(set(clique) <= set(larger) for larger in kept):
                kept.append([*clique])
        return kept

    @cached_property
    def cliques_of(self) -> dict[Time, list[int]]:
        """By time, the numbers of the cliques it is in."""
        return {time: [number for number, clique in enumerate(self.cliques) if time in clique] for time in self.times}

    def _covers(self, time: Time, minute: int) -> bool:
        return self.minute(time) <= minute < self.minute(time) + self.length(time)

    def slots_in(self, sessions: Iterable[int]) -> int:
        return sum(len(self.problem.session[session].slots) for session in sessions)

    @cached_property
    def sessions_on(self) -> dict[HalfDay, list[int]]:
        found: dict[HalfDay, list[int]] = {}
        for session in self.problem.sessions:
            found.setdefault(session.half_day, []).append(session.id)
        return found

    @cached_property
    def blocks(self) -> list[list[int]]:
        """Sessions that share a time with one another, directly or through others: they are put in order together."""
        found: list[list[int]] = []
        for session in self.problem.sessions:
            meets = [block for block in found if any(self._meet(session.id, other) for other in block)]
            found = [block for block in found if block not in meets] + [
                [*(one for block in meets for one in block), session.id]
            ]
        return found

    def _meet(self, one: int, other: int) -> bool:
        return any(len({one, other} & {session for session, _ in clique}) == 2 for clique in self.cliques)
