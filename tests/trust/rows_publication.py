"""The matrix's rows of publication: everybody reads what is published; only its buyer's writers decide."""

from __future__ import annotations

from tests.trust.rows import AUTHORITY_WRITERS, SUPPLIER, Row, public
from tests.trust.world import ROLES

DECIDE = Row(
    ("public_contract",),
    get=AUTHORITY_WRITERS,
    post=AUTHORITY_WRITERS,
    readers=(*SUPPLIER, "authority_viewer", "staff"),
)
PUBLICATION = {
    "reporting:contract-publish": DECIDE,
    "reporting:contract-take-back": DECIDE,
    "reporting:contract-public": public("public_contract"),
    "reporting:contract-chart": public("public_contract"),
    "reporting:contract-releases": public("public_contract"),
    "reporting:contract-record": public("public_contract"),
    "reporting:public-return": public("public_contract", "=2026-07"),
    "reporting:public-lines": public("public_contract", "=2026-07", "=spend"),
    "reporting:open-data": public(),
    "reporting:open-data-download": public("=licence.txt"),
    "reporting:report-feed": Row((), get=ROLES, post=ROLES),
}
