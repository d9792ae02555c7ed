"""The matrix's rows of the innovation den: results and decisions.

The outsider chairs the panels of `deciding_den`; Otto of another authority sits there too and has a conflict over
`judged_pitch`. Decisions of `decided_den` are released.
"""

from __future__ import annotations

from tests.trust.rows import AUTHORITY, AUTHORITY_WRITERS, SUPPLIER, Row, public

HOST_READERS = ("authority_viewer", "staff")
WORKERS = (*AUTHORITY, "staff")
RESULT_READERS = (*WORKERS, "outsider")
DECIDE = Row(("deciding_den", "judged_pitch"), get=AUTHORITY_WRITERS, post=AUTHORITY_WRITERS, readers=HOST_READERS)
DEN_RESULTS: dict[str, Row] = {
    "innovation_den:result-list": Row(("deciding_den",), get=RESULT_READERS),
    "innovation_den:result-chart": Row(("deciding_den",), get=RESULT_READERS),
    "innovation_den:result-discussion": Row(("deciding_den",), get=RESULT_READERS),
    "innovation_den:result-panel": Row(("deciding_den",), get=RESULT_READERS),
    "innovation_den:result-detail": Row(("deciding_den", "judged_pitch"), get=RESULT_READERS),
    "innovation_den:severity-own": Row(("deciding_den",), get=("outsider", "other_authority")),
    "innovation_den:score-change": Row(("deciding_den", "own_score"), get=("outsider",), post=("outsider",)),
    "innovation_den:decision-list": Row(("deciding_den",), get=WORKERS),
    "innovation_den:letter-list": Row(("deciding_den",), get=WORKERS),
    "innovation_den:decision-edit": DECIDE,
    "innovation_den:letter-edit": DECIDE,
    "innovation_den:decision-release": Row(
        ("deciding_den",), get=AUTHORITY_WRITERS, post=AUTHORITY_WRITERS, readers=HOST_READERS
    ),
    # The host reads it on its own page of letters, this page is the firm's.
    "innovation_den:decision-detail": Row(("decided_pitch",), get=SUPPLIER),
    "innovation_den:record-detail": public("decided_den"),
    "innovation_den:record-chart": public("decided_den"),
    "innovation_den:record-json": public("decided_den"),
    "innovation_den:record-csv": public("decided_den"),
}
