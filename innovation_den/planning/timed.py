"""The whole problem as one model, slots too: for what the model without them cannot settle, and for small changes."""

from __future__ import annotations

from collections import defaultdict

from ortools.sat.python import cp_model

from innovation_den.planning.grid import ANY_ROOM, Grid, Time
from innovation_den.planning.model import Draft, Model, Var, total
from innovation_den.planning.problem import Pitch, Plan


class TimedModel(Model):
    """The whole problem in one: slots too, and nobody and no room in two places at once."""

    def __init__(self, grid: Grid) -> None:
        super().__init__(grid)
        self.when: dict[tuple[int, Time], Var] = {}
        self.starts: dict[int, Var] = {}
        self.lengths: dict[int, int | Var] = {}
        self.ends: dict[int, Var] = {}
        for pitch in self.problem.pitches:
            self._time(pitch)
        self._keep_apart()
        self._keep_busy_free()

    def _time(self, pitch: Pitch) -> None:
        by_session: dict[int, list[Var]] = defaultdict(list)
        for time in self.grid.times_of[pitch.id]:
            if (pitch.id, time[0]) in self.inn:
                self.when[pitch.id, time] = self.cp.new_bool_var("")
                by_session[time[0]].append(self.when[pitch.id, time])
        for session, slots in by_session.items():
            self.cp.add(total(slots) == self.inn[pitch.id, session])
        self.cp.add_exactly_one(slot for slots in by_session.values() for slot in slots)

    def _keep_apart(self) -> None:
        """At each moment: a firm, a room or a person has one pitch at most."""
        for clique in self.grid.cliques:
            held = {
                pitch.id: [self.when[key] for time in clique if (key := (pitch.id, time)) in self.when]
                for pitch in self.problem.pitches
            }
            for pitches in self.grid.firms.values():
                self.cp.add(total(var for pitch in pitches for var in held[pitch]) <= 1)
            rooms = {room for session, _ in clique for room in self.problem.session[session].rooms}
            self._at_most([var for vars_ in held.values() for var in vars_], len(rooms))
        if self.grid.has_rooms or self.problem.panel_size:
            self._intervals()

    def _intervals(self) -> None:
        for pitch in self.problem.pitches:
            keys = [key for key in self.when if key[0] == pitch.id]
            minutes = sorted({self.grid.minute(time) for _, time in keys}) or [0]
            self.starts[pitch.id] = self.cp.new_int_var_from_domain(cp_model.Domain.from_values(minutes), "")
            self.cp.add(self.starts[pitch.id] == total(self.grid.minute(time) * self.when[p, time] for p, time in keys))
            self._length(pitch.id, [time for _, time in keys])
        rooms: dict[int, list[cp_model.IntervalVar]] = defaultdict(list)
        for (pitch_id, (_, room)), var in self.at.items():
            if room != ANY_ROOM:
                rooms[room].append(self._interval(pitch_id, var))
        people: dict[object, list[cp_model.IntervalVar]] = defaultdict(list)
        for (pitch_id, number), var in self.hears.items():
            people[self.problem.panellist[number].who].append(self._interval(pitch_id, var))
        for intervals in (*rooms.values(), *people.values()):
            self.cp.add_no_overlap(intervals)

    def _length(self, pitch: int, times: list[Time]) -> None:
        """Settled, or a variable where the pitch's slots are of several lengths: then its end is one too."""
        lengths = {self.grid.length(time) for time in times}
        if len(lengths) == 1:
            self.lengths[pitch] = lengths.pop()
            return
        length = self.cp.new_int_var_from_domain(cp_model.Domain.from_values(sorted(lengths) or [0]), "")
        self.cp.add(length == total(self.grid.length(time) * self.when[pitch, time] for time in times))
        last = max((self.grid.minute(time) + self.grid.length(time) for time in times), default=0)
        self.lengths[pitch], self.ends[pitch] = length, self.cp.new_int_var(0, last, "")

    def _interval(self, pitch: int, present: Var) -> cp_model.IntervalVar:
        start, length = self.starts[pitch], self.lengths[pitch]
        if isinstance(length, int):
            return self.cp.new_optional_fixed_size_interval_var(start, length, present, "")
        return self.cp.new_optional_interval_var(start, length, self.ends[pitch], present, "")

    def _keep_busy_free(self) -> None:
        """A panellist who is booked elsewhere for a part of a session hears nothing in it at that time."""
        for (pitch, number), hears in self.hears.items():
            panellist = self.problem.panellist[number]
            for time in self.grid.times_of[pitch] if panellist.busy else ():
                if not self.grid.can_sit(panellist, time) and (pitch, time) in self.when:
                    self.cp.add_bool_or([~hears, ~self.when[pitch, time]])

    def plan_hint(self, plan: Plan) -> None:
        """Where the plan puts each pitch, as a place to start from; pitches it does not know are left open."""
        places = {pitch: place for pitch, place in plan.places.items() if pitch in self.problem.pitch}
        room = {pitch: place.room if self.grid.has_rooms else ANY_ROOM for pitch, place in places.items()}
        self.hint(
            Draft(
                {pitch: (place.session, room[pitch]) for pitch, place in places.items()},
                {pitch: place.panel for pitch, place in places.items()},
            )
        )
        for (pitch, time), var in self.when.items():
            if pitch in places:
                self.cp.add_hint(var, places[pitch].time == time)
