"""Whether panels hang together: scores of panels that share nobody cannot be told from one another's severity."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from innovation_den.planning.problem import Names, Plan, Problem


@dataclass(frozen=True)
class Part:
    """Pitches and panellists that hang together, by pitches heard by the same person."""

    pitches: frozenset[int]
    panellists: frozenset[int]


def parts(panels: Mapping[int, Collection[int]]) -> list[Part]:
    """The groups that the panels fall into, the largest first. One or none: every score can be compared."""
    found: list[Part] = []
    for pitch, panel in sorted(panels.items()):
        meets = [part for part in found if part.panellists & frozenset(panel)]
        found = [part for part in found if part not in meets]
        found.append(
            Part(
                frozenset({pitch}).union(*(part.pitches for part in meets)),
                frozenset(panel).union(*(part.panellists for part in meets)),
            )
        )
    return sorted(found, key=lambda part: (-len(part.pitches), min(part.pitches)))


def parts_of(plan: Plan) -> list[Part]:
    return parts({pitch: place.panel for pitch, place in plan.places.items()})


def is_connected(plan: Plan) -> bool:
    return len(parts_of(plan)) <= 1


def missing_links(problem: Problem, plan: Plan) -> list[str]:
    """In words, what would join each further group to the largest one; empty where all hang together."""
    found, names = parts_of(plan), problem.names
    return [_link(problem, found[0], part, names) for part in found[1:]]


def _link(problem: Problem, main: Part, part: Part, names: Names) -> str:
    titles = sorted(names.pitches.get(pitch, f"Pitch {pitch}") for pitch in part.pitches)
    listed = ", ".join(f"“{title}”" for title in titles[:3]) + (f" and {len(titles) - 3} more" if titles[3:] else "")
    says = f"Nobody who hears {listed} hears any of the other pitches, so their scores cannot be compared."
    for inside, outside in ((part, main), (main, part)):
        for number in sorted(outside.panellists):
            panellist = problem.panellist.get(number)
            open_to = sorted(inside.pitches - (panellist.conflicts if panellist else inside.pitches))
            if open_to:
                return (
                    f"{says} {names.panellists[number]} could also hear “{names.pitches.get(open_to[0], open_to[0])}”."
                )
    return f"{says} Every panellist has a conflict with every pitch of the other group."
