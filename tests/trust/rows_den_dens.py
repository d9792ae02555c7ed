"""The matrix's rows of the innovation den: dens and pitches."""

from __future__ import annotations

from tests.trust.rows import (
    ALL_AUTHORITY_WRITERS,
    ALL_SUPPLIER_WRITERS,
    AUTHORITY,
    AUTHORITY_WRITERS,
    FORBIDDEN,
    ROLES,
    SUPPLIER,
    SUPPLIER_WRITERS,
    Row,
    only,
    public,
)

HOST_READERS = ("authority_viewer", "staff")
DRAFT = Row(("draft_den",), get=AUTHORITY_WRITERS, post=AUTHORITY_WRITERS, readers=HOST_READERS)
OPEN = only(DRAFT, things=("open_den",))
PART = only(DRAFT, things=("draft_den", "=criteria", "criterion"))
# Charlie of another supplier is asked to join the draft.
DRAFT_READERS = ("supplier_viewer", "other_supplier")
PITCH = Row(("draft_pitch",), get=SUPPLIER_WRITERS, post=SUPPLIER_WRITERS, readers=DRAFT_READERS)
# Nora sits on a panel and may read an accepted pitch; Otto sits there too, and a conflict hides it from him.
PITCH_READERS = ("supplier_viewer", *AUTHORITY, "staff", "outsider")
DEN_DENS: dict[str, Row] = {
    "innovation_den:den-list": public(),
    "innovation_den:den-feed": Row((), get=ROLES, post=ROLES),
    "innovation_den:den-create": Row(get=ALL_AUTHORITY_WRITERS, post=ALL_AUTHORITY_WRITERS, otherwise=FORBIDDEN),
    "innovation_den:own-den-list": Row(),
    "innovation_den:den-detail": public("open_den"),
    "innovation_den:den-edit": Row(("draft_den",), get=AUTHORITY_WRITERS, readers=HOST_READERS),
    "innovation_den:den-step": only(DRAFT, things=("draft_den", "=challenge")),
    "innovation_den:den-part-list": Row(("draft_den", "=criteria"), get=AUTHORITY_WRITERS, readers=HOST_READERS),
    "innovation_den:den-part-create": only(DRAFT, things=("draft_den", "=sessions")),
    "innovation_den:den-part-edit": PART,
    "innovation_den:den-part-remove": only(PART, get=False),
    "innovation_den:den-part-move": only(PART, get=False),
    "innovation_den:den-preview": Row(("draft_den",), get=(*AUTHORITY, "staff")),
    "innovation_den:den-move": DRAFT,
    "innovation_den:den-put-off": OPEN,
    "innovation_den:den-call-off": OPEN,
    "innovation_den:den-delete": DRAFT,
    "innovation_den:pitch-list": Row(("den",), get=(*AUTHORITY, "staff")),
    "innovation_den:pitch-export": Row(("den", "=csv"), get=(*AUTHORITY, "staff")),
    "innovation_den:own-pitch-list": Row(),
    "innovation_den:pitch-start": Row(
        ("open_den",), get=ALL_SUPPLIER_WRITERS, post=ALL_SUPPLIER_WRITERS, otherwise=FORBIDDEN
    ),
    "innovation_den:pitch-detail": Row(("own_pitch",), get=(*SUPPLIER, *AUTHORITY, "staff", "outsider")),
    "innovation_den:pitch-edit": Row(("draft_pitch",), get=SUPPLIER_WRITERS, readers=DRAFT_READERS),
    "innovation_den:pitch-step": only(PITCH, things=("draft_pitch", "=idea")),
    "innovation_den:pitch-file-remove": Row(("draft_pitch",), get=None, post=(), readers=DRAFT_READERS),
    "innovation_den:partner-list": PITCH,
    "innovation_den:partner-remove": only(PITCH, get=False, things=("draft_pitch", "partner")),
    "innovation_den:partner-answer": Row(("draft_pitch", "partner"), get=("other_supplier",), post=("other_supplier",)),
    "innovation_den:pitch-submit": PITCH,
    "innovation_den:pitch-take-back": PITCH,
    "innovation_den:pitch-withdraw": PITCH,
    "innovation_den:pitch-drop-out": Row(
        ("own_pitch",), get=SUPPLIER_WRITERS, post=SUPPLIER_WRITERS, readers=PITCH_READERS
    ),
}
