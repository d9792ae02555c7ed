"""The matrix's rows of the innovation den: the day. The outsider hears our pitch; a conflict hides it from Otto."""

from __future__ import annotations

from tests.trust.rows import AUTHORITY, AUTHORITY_WRITERS, Row

HOST = (*AUTHORITY, "staff")
PANEL = ("outsider", "other_authority")
SHEET = Row(("day_pitch",), get=("outsider",), post=("outsider",))
MOVERS = (*AUTHORITY_WRITERS, "outsider")
DEN_DAY: dict[str, Row] = {
    "innovation_den:day-sheet": Row(("day_den",), get=HOST),
    "innovation_den:day-timer": Row(("day_den", "day_room"), get=(*HOST, *PANEL)),
    "innovation_den:day-mine": Row(("day_den",), get=PANEL),
    "innovation_den:slot-move": Row(
        ("day_den", "day_pitch"), get=None, post=AUTHORITY_WRITERS, readers=("authority_viewer", "staff")
    ),
    "innovation_den:day-step-back": Row(
        ("day_den", "day_pitch", "day_seat"), get=MOVERS, post=MOVERS, readers=("authority_viewer", "staff")
    ),
    "innovation_den:day-fill-seat": Row(
        ("day_den", "day_pitch"), get=AUTHORITY_WRITERS, post=AUTHORITY_WRITERS, readers=("authority_viewer", "staff")
    ),
    "innovation_den:sheet-edit": SHEET,
    "innovation_den:sheet-keep": Row(("day_pitch",), get=None, post=("outsider",)),
}
