"""What can be held back of a contract, and what would give it away all the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from portal.refusals import Reason
from reporting.choices import Ground
from reporting.standards import RETURN, Standard, Table

Place = tuple[str, str]  # a table of the standard, and a field of it; "" where the whole table is meant

# They say which return and which row it is, and that there is one: what is published has them always. OCDS merges
# releases by the rows' numbers.
ALWAYS = frozenset({"contract_id", "period_start", "period_end", "nil_return", "milestone_id", "kpi_id", "change_id"})
LONGEST_WORDS = 500


@dataclass(frozen=True)
class HeldBack:
    """One table or field that the buyer holds back, on which ground, and in which words."""

    table: str
    field: str
    ground: str
    reason: str

    @property
    def place(self) -> Place:
        return self.table, self.field


@dataclass(frozen=True)
class Equation:
    """Figures of which one can be worked out from the rest. `one_way`: only the first from the others."""

    places: tuple[Place, ...]
    one_way: bool = False


def name_of(table: str, field: str) -> str:
    """A place's name inside a form."""
    return f"{table}__{field}" if field else table


def places(standard: Standard) -> list[tuple[Table, list[tuple[Place, str]]]]:
    """Everything that can be held back, with its label: by table, the whole of it first."""
    return [(table, list(_of_table(table))) for table in standard.tables]


def _of_table(table: Table) -> Iterator[tuple[Place, str]]:
    if not table.is_single:
        yield (table.name, ""), f"All of it: {table.label.lower()}"
    for item in table.fields:
        if item.name not in ALWAYS:
            yield (table.name, item.name), item.label


def label_of(place: Place, standard: Standard) -> str:
    """For example Spend lines: Price of one unit. A field that a framework no longer asks for has its bare name."""
    table, field = standard.table(place[0]), place[1]
    if not field:
        return table.label
    return f"{table.label}: {table.field(field).label if field in table else field}"


def why_not_hold(chosen: Iterable[HeldBack], standard: Standard) -> Iterator[Reason]:
    """What is wrong with a choice, at its fields: nothing known by that name, no reason, or no use."""
    chosen = list(chosen)
    known = {place for _, of_table in places(standard) for place, _ in of_table}
    for one in chosen:
        name = name_of(*one.place)
        if one.place not in known:
            yield Reason("Choose tables and fields of the standard")
        elif one.ground not in Ground.values:
            yield Reason(f"Choose the ground on which “{label_of(one.place, standard)}” is held back", f"ground_{name}")
        elif not one.reason.strip():
            yield Reason(f"Say in a sentence why “{label_of(one.place, standard)}” is held back", f"words_{name}")
        elif len(one.reason.strip()) > LONGEST_WORDS:
            yield Reason(f"Use {LONGEST_WORDS} characters or fewer", f"words_{name}")
    yield from _given_away({one.place for one in chosen} & known, standard)


def _given_away(hidden: set[Place], standard: Standard) -> Iterator[Reason]:
    for equation in equations(standard):
        away = [place for place in equation.places if place not in hidden and (place[0], "") not in hidden]
        lost = [place for place in equation.places if place not in away]
        if len(lost) != 1 or (equation.one_way and lost[0] != equation.places[0]):
            continue
        others = " and ".join(f"“{label_of(place, standard)}”" for place in away)
        more = "it" if len(away) == 1 else "one of them"
        words = f"“{label_of(lost[0], standard)}” can be worked out from {others}. Hold {more} back too, or publish all"
        yield Reason(words, f"ground_{name_of(*away[0])}")


def equations(standard: Standard) -> Iterator[Equation]:
    """From the standard's own checks: a product, a sum, and what adds up from return to return."""
    for check in standard.checks:
        target = (check.table, check.field)
        if check.rule == "product":
            yield Equation((target, *((check.table, factor) for factor in check.factors)))
        elif check.rule == "sum_of":
            table, _, field = check.of.partition(".")
            yield Equation((target, (table, field)), one_way=True)
        elif check.rule == "adds_to_previous":
            yield Equation((target, (check.table, check.other)))
    # The value of the contract before and after an amendment gives its change away.
    yield Equation((("change", "value_change"), (RETURN, "current_value")), one_way=True)
