"""The matrix's rows of assessments, of questions about lines, and of suppliers' records."""

from __future__ import annotations

from tests.trust.rows import AUTHORITY, AUTHORITY_WRITERS, MISSING, SUPPLIER, SUPPLIER_WRITERS, Row, only, public

PARTIES = (*AUTHORITY, *SUPPLIER, "staff")
NOT_THE_BUYER = (*SUPPLIER, "authority_viewer", "staff")
NOT_THE_SUPPLIER = (*AUTHORITY, "supplier_viewer", "staff")
ASK = Row(("filed_return", "=return", "=1"), get=AUTHORITY_WRITERS, post=AUTHORITY_WRITERS, readers=NOT_THE_BUYER)
# A draft is its authority's alone, and the staff's.
WRITE = Row(("draft_assessment",), get=AUTHORITY_WRITERS, post=AUTHORITY_WRITERS, readers=("authority_viewer", "staff"))
DECIDE = Row(("shared_assessment",), get=AUTHORITY_WRITERS, post=AUTHORITY_WRITERS, readers=NOT_THE_BUYER)
READ = Row(("shared_assessment",), get=PARTIES)
ASSESSMENTS = {
    "reporting:line-query-list": Row(("filed_return",), get=PARTIES),
    "reporting:line-query-ask": ASK,
    "reporting:line-query-answer": Row(
        ("filed_return", "line_query"), get=SUPPLIER_WRITERS, post=SUPPLIER_WRITERS, readers=NOT_THE_SUPPLIER
    ),
    "reporting:line-query-settle": only(ASK, get=False, things=("filed_return", "line_query")),
    "reporting:line-query-send-back": only(ASK, things=("filed_return",)),
    "reporting:kpi-rate": Row(("filed_return",), get=PARTIES, post=AUTHORITY_WRITERS, readers=NOT_THE_BUYER),
    "reporting:assessment-list": Row(),
    "reporting:assessment-create": only(ASK, things=("contract",)),
    "reporting:assessment-detail": Row(("shared_assessment",), get=PARTIES, anonymous=MISSING),
    "reporting:assessment-edit": WRITE,
    "reporting:assessment-share": only(WRITE, get=False),
    "reporting:assessment-remove": only(WRITE, get=False),
    "reporting:assessment-take-back": only(DECIDE, get=False),
    "reporting:assessment-finish": only(DECIDE, get=False),
    "reporting:assessment-correct": DECIDE,
    "reporting:assessment-reply": Row(
        ("shared_assessment",), get=SUPPLIER_WRITERS, post=SUPPLIER_WRITERS, readers=NOT_THE_SUPPLIER
    ),
    "reporting:assessment-notice": READ,
    "reporting:assessment-notice-json": READ,
    "reporting:supplier-record": public("supplier"),
    "reporting:supplier-chart": public("supplier"),
}
