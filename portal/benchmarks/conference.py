"""`conference-scheduler`'s own time for events into slots: a program run by the Python of `.conference`.

Reads the problem as JSON from standard input and writes the seconds of each answer as it comes, each a line. Nothing
imports it for its work, and what it imports is nowhere else: the package is of 2017 and stands apart with its solver.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import datetime, timedelta
from typing import Any

EPOCH = datetime(2026, 1, 5)  # the package knows no time zones


def main() -> None:
    from conference_scheduler import scheduler  # type: ignore[import-not-found]
    from conference_scheduler.lp_problem import objective_functions  # type: ignore[import-not-found]

    asked = json.load(sys.stdin)
    slots, events = _slots(asked), _events(asked)
    _forbid(asked, slots, events)
    began = time.perf_counter()
    before = scheduler.schedule(events, slots)
    _say("feasible", began)
    for event in asked["lose"]:
        held = next(item.slot for item in before if item.event == events[event])
        events[event].add_unavailability(held)
    began = time.perf_counter()
    scheduler.schedule(
        events, slots, objective_function=objective_functions.number_of_changes, original_schedule=before
    )
    _say("changes", began)


def _say(question: str, began: float) -> None:
    sys.stdout.write(json.dumps({question: time.perf_counter() - began}) + "\n")
    sys.stdout.flush()


def _slots(asked: dict[str, Any]) -> list[Any]:
    from conference_scheduler.resources import Slot  # type: ignore[import-not-found]

    return [
        Slot(
            venue=str(room), starts_at=EPOCH + timedelta(minutes=start), duration=minutes, capacity=1, session=str(run)
        )
        for room, start, minutes, run in asked["slots"]
    ]


def _events(asked: dict[str, Any]) -> list[Any]:
    from conference_scheduler.resources import Event  # type: ignore[import-not-found]

    return [Event(name=str(number), duration=1, demand=1) for number in range(len(asked["events"]))]


def _forbid(asked: dict[str, Any], slots: list[Any], events: list[Any]) -> None:
    """Clashes are given one way round: the package cannot hash two events that name each other."""
    for event, rules in zip(events, asked["events"], strict=True):
        event.add_unavailability(*(slots[number] for number in rules["never"]))
        event.add_unavailability(*(events[number] for number in rules["clashes"]))


if __name__ == "__main__":
    main()
