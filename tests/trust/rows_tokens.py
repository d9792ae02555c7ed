"""The matrix's rows of API tokens, and of the addresses that only a token opens: no session counts there.

What each token reaches is in `test_api_access.py`.
"""

from __future__ import annotations

from tests.trust.rows import NO_TOKEN, Row, public

OWNERS_AND_STAFF = ("supplier_owner", "staff")
MEMBERS = ("supplier_editor", "supplier_viewer")


def by_token(*things: str) -> Row:
    """Who asks is asked before the method is looked at."""
    return Row(things, get=(), post=(), otherwise=NO_TOKEN, anonymous=NO_TOKEN)


TOKENS = {
    "tokens:token-list": Row(("supplier",), get=OWNERS_AND_STAFF, readers=MEMBERS),
    "tokens:token-create": Row(
        ("supplier",), get=("supplier_owner",), post=("supplier_owner",), readers=(*MEMBERS, "staff")
    ),
    "tokens:token-revoke": Row(("supplier", "token"), get=OWNERS_AND_STAFF, post=OWNERS_AND_STAFF, readers=MEMBERS),
    "api:standard-list": public(),
    "api:standard-detail": public("=1"),
    "api:contract-list": by_token(),
    "api:contract-detail": by_token("contract"),
    "api:return-list": by_token(),
    "api:return-table": by_token("due_return", "=spend"),
    **dict.fromkeys(["api:return-check", "api:return-file", "api:return-nil"], by_token()),
    **dict.fromkeys(["api:return-detail", "api:return-submit", "api:return-correct"], by_token("due_return")),
}
BY_TOKEN_ALONE = frozenset(name for name, row in TOKENS.items() if row.otherwise == NO_TOKEN)
