"""What c3voc-schedule-tools finds in a schedule.json: a program that the Python of `.c3voc` runs. Nothing imports it.

Reads the file from standard input and writes what it found as JSON. The conversion to schedule.xml, which older apps
read, goes through every field. How long an event is, its conversion for the events' hub tells: `Event.end` takes the
hours and minutes of the layout, which the library itself writes, for minutes and seconds.
"""

from __future__ import annotations

import json
import sys
from typing import Any


def main() -> None:
    from voc.schedule import Schedule  # type: ignore[import-not-found]

    schedule = Schedule(json=json.load(sys.stdin))
    found: list[Any] = []
    schedule.foreach_event(found.append)
    events = [
        {
            "guid": event["guid"],
            "title": event["title"],
            "room": event["room"],
            "start": event.start.isoformat(),
            "duration": event.graphql()["duration"],
            "persons": event.persons(),
        }
        for event in found
    ]
    answer = {
        "version": schedule.version(),
        "title": schedule.conference("title"),
        "time_zone": str(schedule.tz()),
        "days": len(schedule.days()),
        "rooms": {room.name: room.guid for room in schedule.rooms("obj")},
        "events": events,
        "xml": schedule.xml(),
    }
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
