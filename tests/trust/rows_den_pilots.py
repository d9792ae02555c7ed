"""The matrix's rows of the innovation den: pilots, of two sides, and what was learnt, for everybody."""

from __future__ import annotations

from dataclasses import replace

from tests.trust.rows import AUTHORITY, AUTHORITY_WRITERS, SUPPLIER, SUPPLIER_WRITERS, Row, only, public

BOTH = (*AUTHORITY, *SUPPLIER, "staff")
WRITERS = (*AUTHORITY_WRITERS, *SUPPLIER_WRITERS)
VIEWERS = ("authority_viewer", "supplier_viewer", "staff")
WRITE = Row(("running",), get=WRITERS, post=WRITERS, readers=VIEWERS)
SET_UP = replace(WRITE, things=("pilot_draft",))
SPONSOR = Row(
    ("running",), get=AUTHORITY_WRITERS, post=AUTHORITY_WRITERS, readers=(*SUPPLIER, "authority_viewer", "staff")
)
DEN_PILOTS: dict[str, Row] = {
    "innovation_den:library-list": public(),
    "innovation_den:library-csv": public(),
    "innovation_den:pilot-list": Row(),
    "innovation_den:pilot-create": replace(SPONSOR, things=("selected_pitch",)),
    "innovation_den:pilot-detail": public("published_pilot"),
    "api:pilot-list": public(),
    "api:pilot-detail": public("published_pilot"),
    "innovation_den:pilot-chart": public("published_pilot", "=measure"),
    "innovation_den:pilot-follow": replace(
        SPONSOR, things=("published_pilot",), readers=(*SUPPLIER, "authority_viewer", "staff")
    ),
    "innovation_den:pilot-edit": SET_UP,
    "innovation_den:pilot-step": replace(SET_UP, things=("pilot_draft", "=measure")),
    "innovation_den:stop-rules": SET_UP,
    "innovation_den:stop-rule-remove": only(SET_UP, get=False, things=("pilot_draft", "draft_rule")),
    "innovation_den:stop-rule-answer": replace(SPONSOR, things=("running", "met_rule")),
    "innovation_den:review-points": SET_UP,
    "innovation_den:review-point-remove": only(SET_UP, get=False, things=("pilot_draft", "draft_review")),
    "innovation_den:review-decide": replace(SPONSOR, things=("running", "due_review")),
    "innovation_den:pilot-sign": SET_UP,
    "innovation_den:pilot-start": only(SPONSOR, get=False),
    "innovation_den:pilot-abandon": SET_UP,
    "innovation_den:log-add": WRITE,
    "innovation_den:spend-add": WRITE,
    "innovation_den:amendment-create": WRITE,
    "innovation_den:amendment-sign": Row(("running", "amendment_number"), get=BOTH, post=WRITERS, readers=VIEWERS),
    "innovation_den:amendment-drop": only(WRITE, get=False, things=("running", "amendment_number")),
    "innovation_den:pilot-end": WRITE,
    "innovation_den:outcome-edit": replace(WRITE, things=("ended_pilot",)),
    "innovation_den:pilot-publish": replace(SPONSOR, things=("ended_pilot",)),
    "innovation_den:pilot-scale": SPONSOR,
}
