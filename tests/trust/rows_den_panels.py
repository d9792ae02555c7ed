"""The matrix's rows of the innovation den: screening, panellists and conflicts.

The outsider and Otto of another authority sit on the panels of `den`; Charlie is asked to sit on those of `screen_den`.
"""

from __future__ import annotations

from tests.trust.rows import AUTHORITY, AUTHORITY_WRITERS, ROLES, SUPPLIER_WRITERS, Row, only

HOST_READERS = ("authority_viewer", "staff")
WORKERS = (*AUTHORITY, "staff")
SEATED = ("outsider", "other_authority")
PANELLIST = Row(("den", "panellist"), get=AUTHORITY_WRITERS, post=AUTHORITY_WRITERS, readers=HOST_READERS)
SEAT = Row(("den",), get=SEATED, post=SEATED)
DECIDE = Row(("split_pitch",), get=AUTHORITY_WRITERS, post=AUTHORITY_WRITERS, readers=HOST_READERS)
DEN_PANELS: dict[str, Row] = {
    "innovation_den:screening-list": Row(("screen_den",), get=WORKERS),
    "innovation_den:screening-give": Row(
        ("screened_pitch",), get=WORKERS, post=AUTHORITY_WRITERS, readers=HOST_READERS
    ),
    "innovation_den:screening-settle": DECIDE,
    # The host has read the pitch, so it is told that the appeal is not its own to make.
    "innovation_den:appeal-create": Row(
        ("rejected_pitch",), get=SUPPLIER_WRITERS, post=SUPPLIER_WRITERS, readers=("supplier_viewer", *WORKERS)
    ),
    "innovation_den:appeal-decide": only(DECIDE, things=("rejected_pitch",)),
    "innovation_den:panellist-list": Row(("den",), get=WORKERS),
    "innovation_den:panellist-invite": only(PANELLIST, things=("den",)),
    "innovation_den:panellist-detail": Row(("den", "panellist"), get=WORKERS),
    "innovation_den:panellist-edit": PANELLIST,
    "innovation_den:panellist-resend": only(PANELLIST, get=False),
    "innovation_den:panellist-stand-down": PANELLIST,
    # The link says plainly whose it is; only the person whom it names can answer it there.
    "innovation_den:panellist-open": Row(("seat_link",), get=ROLES, post=ROLES),
    "innovation_den:seat-list": Row(),
    "innovation_den:seat-answer": Row(("asked",), get=None, post=("other_supplier",)),
    "innovation_den:seat-detail": Row(("den",), get=SEATED),
    **dict.fromkeys(
        [f"innovation_den:seat-{part}" for part in ("about", "interests", "availability", "calendar", "stand-down")],
        SEAT,
    ),
    "innovation_den:seat-pitches": Row(("den",), get=SEATED),
    "innovation_den:seat-declare": only(SEAT, things=("den", "other_pitch")),
    "innovation_den:conflict-list": Row(("den",), get=WORKERS),
    "innovation_den:conflict-find": only(PANELLIST, get=False, things=("den",)),
    "innovation_den:conflict-decide": only(PANELLIST, things=("den", "conflict")),
}
