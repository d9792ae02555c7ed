"""The matrix's rows of reporting: two sides of a contract, and nobody else."""

from __future__ import annotations

from dataclasses import replace

from tests.trust.rows import (
    ALL_AUTHORITY_WRITERS,
    ALL_SUPPLIER_WRITERS,
    AUTHORITY,
    AUTHORITY_WRITERS,
    FORBIDDEN,
    MISSING,
    SIGNED_IN,
    SUPPLIER,
    SUPPLIER_WRITERS,
    Row,
    only,
    public,
)

OTHER_PARTIES = (*SUPPLIER, "authority_viewer", "staff")
EVERYONE_SIGNED_IN = Row(get=SIGNED_IN, post=SIGNED_IN)
REGISTER = Row(get=ALL_AUTHORITY_WRITERS, post=ALL_AUTHORITY_WRITERS, otherwise=FORBIDDEN)
KEEP_CONTRACT = Row(("contract",), get=AUTHORITY_WRITERS, post=AUTHORITY_WRITERS, readers=OTHER_PARTIES)
FILE_RETURN = Row(("due_return",), get=SUPPLIER_WRITERS, post=SUPPLIER_WRITERS, readers=("supplier_viewer",))
DECIDE_RETURN = Row(("filed_return",), get=AUTHORITY_WRITERS, post=AUTHORITY_WRITERS, readers=OTHER_PARTIES)
READ_UPLOAD = Row(("upload",), get=SUPPLIER)
DECIDE_UPLOAD = Row(("upload",), get=SUPPLIER_WRITERS, post=SUPPLIER_WRITERS, readers=("supplier_viewer",))
REPORTING = {
    "reporting:contract-list": public(),
    "reporting:contract-create": REGISTER,
    "reporting:contract-file": REGISTER,
    "reporting:baseline-file": replace(REGISTER, things=("=milestones",)),
    "reporting:contract-file-template": public("=milestones"),
    "reporting:contract-detail": Row(("contract",), get=(*AUTHORITY, *SUPPLIER, "staff"), anonymous=MISSING),
    "reporting:contract-edit": KEEP_CONTRACT,
    "reporting:milestone-add": KEEP_CONTRACT,
    "reporting:kpi-add": KEEP_CONTRACT,
    "reporting:baseline-remove": only(KEEP_CONTRACT, get=False),
    "reporting:contract-activate": KEEP_CONTRACT,
    "reporting:contract-amend": KEEP_CONTRACT,
    "reporting:contract-reopen": only(KEEP_CONTRACT, get=False),
    "reporting:contract-end": only(KEEP_CONTRACT, get=False),
    "reporting:scheme-create": REGISTER,
    "reporting:scheme-edit": Row(("own_scheme",), get=AUTHORITY_WRITERS, post=AUTHORITY_WRITERS, otherwise=FORBIDDEN),
    "reporting:compare": public(),
    # Without anything to compare there is no picture.
    "reporting:compare-chart": Row(("=spend",), get=(), anonymous=MISSING),
    "reporting:cost-explorer": public(),
    "reporting:cost-chart": Row(get=(), anonymous=MISSING),
    "reporting:scheme-list": public(),
    "reporting:scheme-detail": public("scheme"),
    "reporting:return-list": Row(),
    "reporting:return-late": Row(),
    # Nothing is ticked there, and everybody is told so.
    "reporting:return-nil": EVERYONE_SIGNED_IN,
    "reporting:return-detail": Row(("due_return",), get=SUPPLIER),
    "reporting:return-table": Row(("due_return", "=spend"), get=SUPPLIER),
    "reporting:return-export": Row(("due_return", "=json"), get=SUPPLIER),
    "reporting:return-edit": FILE_RETURN,
    "reporting:return-begin": only(FILE_RETURN, get=False),
    "reporting:line-edit": only(FILE_RETURN, things=("due_return", "=spend", "=1")),
    "reporting:line-remove": Row(("due_return", "=spend"), get=None, post=(), readers=("supplier_viewer",)),
    "reporting:question-answer": only(FILE_RETURN, get=False),
    "reporting:return-submit": only(FILE_RETURN, get=False),
    "reporting:return-correct": Row(
        ("filed_return",), get=SUPPLIER_WRITERS, post=SUPPLIER_WRITERS, readers=(*AUTHORITY, "supplier_viewer", "staff")
    ),
    "reporting:return-accept": only(DECIDE_RETURN, get=False),
    "reporting:return-send-back": DECIDE_RETURN,
    # A supplier's files are for its own people alone: neither its buyers nor staff see them.
    "reporting:upload-list": Row(),
    "reporting:upload-create": Row(get=ALL_SUPPLIER_WRITERS, post=ALL_SUPPLIER_WRITERS, otherwise=FORBIDDEN),
    "reporting:upload-detail": READ_UPLOAD,
    "reporting:upload-progress": READ_UPLOAD,
    "reporting:upload-findings": READ_UPLOAD,
    "reporting:upload-annotated": READ_UPLOAD,
    "reporting:upload-again": DECIDE_UPLOAD,
    "reporting:upload-keep": only(DECIDE_UPLOAD, get=False),
    "reporting:upload-submit": only(DECIDE_UPLOAD, get=False),
    "reporting:upload-drop": only(DECIDE_UPLOAD, get=False),
    "reporting:standard": public(),
    "reporting:quality": public(),
    "reporting:quality-chart": Row(("contract",), get=(*AUTHORITY, *SUPPLIER, "staff"), anonymous=MISSING),
    "reporting:flag-rules": public(),
    "reporting:flag-list": Row(),
    "reporting:flag-detail": Row(
        ("flag",),
        get=(*AUTHORITY, *SUPPLIER, "staff"),
        post=(*AUTHORITY_WRITERS, *SUPPLIER_WRITERS),
        readers=("authority_viewer", "supplier_viewer", "staff"),
    ),
    "reporting:standard-changes": public(),
    **dict.fromkeys(
        [
            "reporting:standard-detail",
            "reporting:standard-workbook",
            "reporting:standard-csv",
            "reporting:standard-schema",
        ],
        public("=1"),
    ),
}
