"""What every benchmark shares: its registry, its measures with their yardstick, and its table.

A benchmark is a module of this package with one function under `@benchmark`. It makes its data with
a fixed seed, warms up, repeats, and measures its yardstick in the same run: machines differ, ratios
last. `docs/performance.md` keeps the results that a release claims.
"""

from __future__ import annotations

import math
import pkgutil
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Literal

import portal.benchmarks


@dataclass(frozen=True)
class Goal:
    """A limit on the median, the 95th percentile, or the ratio of either to the yardstick's."""

    of: Literal["median", "p95", "ratio", "p95 ratio"]
    limit: float
    at_least: bool = False

    def __str__(self) -> str:
        return f"{self.of} at {'least' if self.at_least else 'most'} {self.limit:g}"

    def is_met_by(self, measure: Measure, yardstick: Measure | None) -> bool:
        value = {
            "median": measure.median,
            "p95": measure.p95,
            "ratio": measure.ratio_to(yardstick),
            "p95 ratio": measure.p95 / yardstick.p95 if yardstick and yardstick.p95 else None,
        }[self.of]
        if value is None:
            return False
        return value >= self.limit if self.at_least else value <= self.limit


@dataclass(frozen=True)
class Measure:
    """One line of the table: what was measured, each repeat, and the line that it is held against."""

    name: str
    values: Sequence[float]
    unit: str = "s"
    yardstick: str = ""
    goals: Sequence[Goal] = field(default_factory=tuple)

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def p95(self) -> float:
        """The value that 95 in 100 repeats do not pass (nearest rank)."""
        return sorted(self.values)[math.ceil(0.95 * len(self.values)) - 1]

    def ratio_to(self, yardstick: Measure | None) -> float | None:
        return self.median / yardstick.median if yardstick and yardstick.median else None


@dataclass(frozen=True)
class Benchmark:
    name: str
    size: int
    about: str
    run: Callable[[int], list[Measure]]


_registry: dict[str, Benchmark] = {}


def benchmark(name: str, *, size: int, about: str) -> Callable[[Callable[[int], list[Measure]]], Benchmark]:
    """Register a function that takes the size of the work and returns its measures."""

    def register(run: Callable[[int], list[Measure]]) -> Benchmark:
        _registry[name] = Benchmark(name, size, about, run)
        return _registry[name]

    return register


def all_benchmarks() -> dict[str, Benchmark]:
    """Every benchmark of this package, by name."""
    for module in pkgutil.iter_modules(portal.benchmarks.__path__, "portal.benchmarks."):
        import_module(module.name)
    return dict(sorted(_registry.items()))


def results(measures: Sequence[Measure]) -> list[dict[str, Any]]:
    """The lines of the table, with every goal and whether it is met."""
    by_name = {measure.name: measure for measure in measures}
    return [
        {
            "measure": measure.name,
            "unit": measure.unit,
            "repeats": len(measure.values),
            "median": measure.median,
            "p95": measure.p95,
            "ratio": measure.ratio_to(yardstick),
            "yardstick": measure.yardstick,
            "goals": [{"goal": str(goal), "met": goal.is_met_by(measure, yardstick)} for goal in measure.goals],
        }
        for measure in measures
        for yardstick in [by_name.get(measure.yardstick)]
    ]


def missed(lines: Sequence[dict[str, Any]]) -> list[str]:
    return [f"{line['measure']}: {goal['goal']}" for line in lines for goal in line["goals"] if not goal["met"]]


def table(lines: Sequence[dict[str, Any]]) -> str:
    """The lines as text in columns."""
    rows = [("measure", "unit", "median", "p95", "ratio", "goal")]
    for line in lines:
        goals = "; ".join(f"{goal['goal']}: {'met' if goal['met'] else 'MISSED'}" for goal in line["goals"])
        ratio = f"{line['ratio']:.2f} of {line['yardstick']}" if line["ratio"] is not None else ""
        rows.append((line["measure"], line["unit"], _number(line["median"]), _number(line["p95"]), ratio, goals))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
