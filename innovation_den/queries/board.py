"""The draft as a table: for each session its slots down, its rooms across, and what is wrong with each pitch there."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from innovation_den.models import Den, Pitch, Placement, Room, Session
from innovation_den.planning.check import broken_rules, penalties
from innovation_den.planning.problem import Broken, Penalty, Plan, Problem
from innovation_den.queries.plans import draft_of, placements_of
from innovation_den.queries.releases import unplaced_pitches

PENALTY_WORDS = {
    "overlap": "Groups of panels that share nobody with the others, beyond one",
    "half_days": "Half-days for which a panellist comes",
    "changes": "Changes of panel within a session",
    "wishes": "Pitches outside the half-days that the firm wished for",
    "load": "Difference between who hears the most and the fewest in a sector",
    "expertise": "Capabilities of pitches that nobody on their panel knows",
}


@dataclass(frozen=True)
class Cell:
    """One room at one time. `key` names the place in a form."""

    key: str
    room: Room
    placements: list[Placement]
    broken: list[str]


@dataclass(frozen=True)
class Row:
    starts_at: datetime
    ends_at: datetime
    is_after_break: bool
    cells: list[Cell]


@dataclass(frozen=True)
class Table:
    session: Session
    rooms: list[Room]
    rows: list[Row]


@dataclass(frozen=True)
class Board:
    tables: list[Table]
    unplaced: list[Pitch]
    broken: list[Broken]
    costs: list[tuple[str, Penalty]]

    @property
    def cost(self) -> int:
        return sum(penalty.cost for _, penalty in self.costs)


def board_of(den: Den) -> Board:
    """In a constant number of queries, however many pitches there are."""
    problem, plan = draft_of(den)
    broken = [one for one in broken_rules(problem, plan) if one.rule != "placed"]
    accepted = set(problem.pitch)
    placements = [one for one in placements_of(den) if one.pitch_id in accepted]
    sessions = list(den.sessions.prefetch_related("rooms"))  # type: ignore[attr-defined]
    tables = [_table(session, placements, _by_pitch(broken)) for session in sessions]
    return Board(tables, unplaced_pitches(den), broken, costs_of(problem, plan))


def costs_of(problem: Problem, plan: Plan) -> list[tuple[str, Penalty]]:
    """What the plan costs, thing by thing, in words."""
    return [(PENALTY_WORDS.get(one.name, one.name), one) for one in penalties(problem, plan)]


def _by_pitch(broken: list[Broken]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for one in broken:
        for pitch in one.pitches:
            found[pitch].append(one.says)
    return found


def _table(session: Session, placements: list[Placement], broken: dict[int, list[str]]) -> Table:
    rooms, slots = list(session.rooms.all()), session.slots
    mine: dict[tuple[int, int], list[Placement]] = defaultdict(list)
    for one in placements:
        if one.session_id == session.pk:
            mine[one.slot, one.room_id].append(one)
    rows = [
        Row(
            start,
            end,
            bool(number) and start > slots[number - 1][1],
            [_cell(session, number, room, mine[number, room.pk], broken) for room in rooms],
        )
        for number, (start, end) in enumerate(slots)
    ]
    return Table(session, rooms, rows)


def _cell(session: Session, number: int, room: Room, there: list[Placement], broken: dict[int, list[str]]) -> Cell:
    says = list(dict.fromkeys(line for one in there for line in broken.get(one.pitch_id, ())))
    return Cell(place_key(session.pk, number, room.pk), room, there, says)


def place_key(session: int, number: int, room: int) -> str:
    return f"{session}-{number}-{room}"
