"""The matrix's rows of the innovation den: schedule."""

from __future__ import annotations

from tests.trust.rows import AUTHORITY, AUTHORITY_WRITERS, MISSING, ROLES, SIGNED_IN, SUPPLIER, Row, only, public

HOST_READERS = ("authority_viewer", "staff")
READ_WORK = Row(("programme_den",), get=(*AUTHORITY, "staff"))
READ_RUN = Row(("programme_den", "plan_run"), get=(*AUTHORITY, "staff"))
WORK = Row(("programme_den",), get=AUTHORITY_WRITERS, post=AUTHORITY_WRITERS, readers=HOST_READERS)
RUN = only(WORK, things=("programme_den", "plan_run"))
PLACE = only(WORK, things=("programme_den", "placed_pitch"))
DEN_SCHEDULE: dict[str, Row] = {
    "innovation_den:plan-list": Row(
        ("programme_den",), get=(*AUTHORITY, "staff"), post=AUTHORITY_WRITERS, readers=HOST_READERS
    ),
    "innovation_den:plan-detail": READ_RUN,
    "innovation_den:plan-progress": READ_RUN,
    "innovation_den:plan-chart": READ_RUN,
    "innovation_den:plan-stop": only(RUN, get=False),
    "innovation_den:plan-apply": RUN,
    "innovation_den:board": READ_WORK,
    "innovation_den:board-move": only(WORK, get=False),
    "innovation_den:placement-edit": PLACE,
    "innovation_den:placement-lock": only(PLACE, get=False),
    "innovation_den:placement-remove": only(PLACE, get=False),
    "innovation_den:release-create": WORK,
    "innovation_den:release-list": public("programme_den"),
    "innovation_den:programme": public("programme_den"),
    "innovation_den:programme-ics": public("programme_den"),
    "innovation_den:schedule-json": public("programme_den"),
    # The supplier's pitch is heard there, and the outsider sits on its panel.
    "innovation_den:slot-mine": Row(("programme_den",), get=(*SUPPLIER, "outsider")),
    # Writers are asked, viewers are not.
    "innovation_den:slot-invitation": Row(
        ("programme_den", "slot"), get=("supplier_owner", "supplier_editor", "outsider")
    ),
    "innovation_den:feed-edit": Row(get=SIGNED_IN, post=SIGNED_IN),
    "api:den-list": public(),
    "api:den-detail": public("programme_den"),
    "api:den-programme": public("programme_den"),
    # The address is the key.
    "innovation_den:feed": Row(("feed_secret",), get=ROLES, anonymous=MISSING),
}
