"""What a kind of service costs: the figures of single contracts as distributions, and groups too small left out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from reporting.comparison.facts import Facts
from reporting.comparison.kinds import BAND_WORDS, Kind
from reporting.comparison.prices import Prices, year_name
from reporting.comparison.statistics import FEWEST_CONTRACTS, FEWEST_SUPPLIERS, Distribution, distribution

Years = Collection[int] | None
FEWEST_MONTHS = 6  # of returns, before they are made into a year's cost
# The divisions of the Common Procurement Vocabulary that technology is mostly bought under.
DIVISIONS = {
    "30": "Office and computing machinery",
    "32": "Communication equipment",
    "48": "Software packages and information systems",
    "50": "Repair and maintenance",
    "64": "Post and telecommunications",
    "72": "IT services",
    "73": "Research and development",
    "79": "Business services",
    "80": "Education and training",
    "85": "Health and social work",
}
NO_CATEGORY, NO_PHASE, NO_SIZE = "Category not known", "Phase not reported", "Value not known"


@dataclass(frozen=True)
class Sample:
    """One published contract with accepted returns, as the public sees it."""

    contract_id: int
    supplier_id: int
    kind: Kind
    facts: Facts


@dataclass(frozen=True)
class Measure:
    """`read` gives a contract's figure in these prices, of these years alone where they are given."""

    name: str
    label: str
    how: str
    pence: bool
    columns: tuple[str, ...]
    read: Callable[[Facts, Prices, Years], Decimal | None]

    def of(self, facts: Facts, prices: Prices, years: Years = None) -> Decimal | None:
        return None if facts.hides(self.columns) else self.read(facts, prices, years)


def _build(facts: Facts, prices: Prices, years: Years) -> Decimal | None:
    return facts.total("build_spend", prices, years) or None


def _run_a_year(facts: Facts, prices: Prices, years: Years) -> Decimal | None:
    months = facts.count("run_periods", years) * (1 if facts.is_monthly else 3)
    total = facts.total("run_spend", prices, years)
    return total * 12 / months if total and months >= FEWEST_MONTHS else None


def _ratio(of: str, to: str) -> Callable[[Facts, Prices, Years], Decimal | None]:
    def read(facts: Facts, prices: Prices, years: Years) -> Decimal | None:
        cost, number = facts.total(of, prices, years), facts.total(to, prices, years)
        return cost / number if cost is not None and number else None

    return read


def _user_a_month(facts: Facts, prices: Prices, years: Years) -> Decimal | None:
    return _ratio("user_run", "user_periods")(facts, prices, years) if facts.is_monthly else None


MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        Measure("run", "Cost to run, a year", "Run cost of a contract, for 12 months. It takes 6 months of returns.",
                False, ("run_spend",), _run_a_year),
        Measure("build", "Cost to build", "Build cost of a contract, so far.", False, ("build_spend",), _build),
        Measure("transaction", "Cost a transaction",
                "Run cost divided by completed transactions, over the returns that give both.",
                True, ("run_spend", "completed_transactions"), _ratio("unit_run", "unit_transactions")),
        Measure("user", "Cost a user, a month",
                "Run cost divided by users served, over monthly returns that give both.",
                True, ("run_spend", "users_served"), _user_a_month),
    )
}  # fmt: skip
DAY_RATE = "day"  # of roles: it is read from spend lines, by `reporting.queries.costs`


# --- Groups -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """One contract in one group, and the years of it that the group is about."""

    sample: Sample
    years: Years = None


@dataclass(frozen=True)
class Line:
    """One group that is large enough, with how its figures lie."""

    label: str
    contracts: int
    suppliers: int
    figures: Distribution


@dataclass(frozen=True)
class Explored:
    """The whole selection and its groups; `left_out` are the groups with too few to show."""

    whole: Line | None
    lines: tuple[Line, ...]
    left_out: int


def categories_of(kind: Kind) -> list[str]:
    """The groups of capabilities; without any, the CPV divisions."""
    return sorted(kind.groups) or [division_words(code) for code in sorted(kind.divisions)] or [NO_CATEGORY]


def division_words(code: str) -> str:
    return f"CPV {code}: {DIVISIONS[code]}" if code in DIVISIONS else f"CPV {code}"


def _by_category(sample: Sample) -> Iterator[tuple[str, Years]]:
    yield from ((name, None) for name in categories_of(sample.kind))


def _by_phase(sample: Sample) -> Iterator[tuple[str, Years]]:
    yield (", ".join(sorted(sample.kind.phases)).capitalize() or NO_PHASE), None


def _by_size(sample: Sample) -> Iterator[tuple[str, Years]]:
    words = [f"Baseline {words}" for code, words in BAND_WORDS.items() if code in sample.kind.bands]
    yield (words[0] if words else NO_SIZE), None


def _by_year(sample: Sample) -> Iterator[tuple[str, Years]]:
    yield from ((year_name(one.year), (one.year,)) for one in sample.facts.years)


BY: dict[str, tuple[str, Callable[[Sample], Iterator[tuple[str, Years]]]]] = {
    "category": ("Category", _by_category),
    "phase": ("Phase", _by_phase),
    "size": ("Size of the contract", _by_size),
    "year": ("Financial year", _by_year),
}


def explore(samples: Sequence[Sample], measure: Measure, by: str, prices: Prices) -> Explored:
    """How the measure lies in the whole selection and in each group of it."""
    groups: dict[str, list[Part]] = {}
    for sample in samples:
        for label, years in BY[by][1](sample):
            groups.setdefault(label, []).append(Part(sample, years))

    def values(parts: Iterable[Part]) -> list[tuple[int, int, Decimal]]:
        found = ((part, measure.of(part.sample.facts, prices, part.years)) for part in parts)
        return [(one.sample.contract_id, one.sample.supplier_id, value) for one, value in found if value is not None]

    by_label = {label: values(parts) for label, parts in groups.items()}
    return _explored(values(Part(sample) for sample in samples), by_label, _order(by))


def explore_values(values: dict[str, list[tuple[int, int, Decimal]]]) -> Explored:
    """The same for figures that are known already: by group, contract, supplier and value."""
    return _explored([], values, lambda line: line.label)


def _explored(
    whole: list[tuple[int, int, Decimal]],
    groups: dict[str, list[tuple[int, int, Decimal]]],
    order: Callable[[Line], object],
) -> Explored:
    found = {label: line_of(label, values) for label, values in groups.items() if values}
    lines = sorted((line for line in found.values() if line), key=order)  # type: ignore[arg-type]
    return Explored(line_of("All", whole), tuple(lines), sum(line is None for line in found.values()))


def line_of(label: str, values: Collection[tuple[int, int, Decimal]]) -> Line | None:
    """None where there are fewer than 5 contracts or 3 suppliers."""
    contracts = {contract for contract, _, _ in values}
    suppliers = {supplier for _, supplier, _ in values}
    if len(contracts) < FEWEST_CONTRACTS or len(suppliers) < FEWEST_SUPPLIERS:
        return None
    figures = distribution(value for _, _, value in values)
    return Line(label, len(contracts), len(suppliers), figures) if figures else None


def _order(by: str) -> Callable[[Line], object]:
    """Sizes from the smallest, years from the first, phases as they follow each other; else by name."""
    order = {
        "size": [f"Baseline {words}" for words in BAND_WORDS.values()],
        "phase": ["Discovery", "Alpha", "Beta", "Live", "Retirement"],
    }.get(by, [])
    return lambda line: (order.index(line.label) if line.label in order else len(order), line.label)
