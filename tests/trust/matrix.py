"""The authorisation matrix: who may do what at each address of the portal."""

from __future__ import annotations

from tests.trust.rows import (
    ALL_AUTHORITY_WRITERS,
    ALL_SUPPLIER_WRITERS,
    AUTHORITY,
    AUTHORITY_WRITERS,
    FORBIDDEN,
    LOGIN,
    MISSING,
    SIGNED_IN,
    SUPPLIER,
    SUPPLIER_WRITERS,
    Row,
    only,
    public,
)
from tests.trust.rows_assessments import ASSESSMENTS
from tests.trust.rows_den_day import DEN_DAY
from tests.trust.rows_den_dens import DEN_DENS
from tests.trust.rows_den_panels import DEN_PANELS
from tests.trust.rows_den_pilots import DEN_PILOTS
from tests.trust.rows_den_results import DEN_RESULTS
from tests.trust.rows_den_schedule import DEN_SCHEDULE
from tests.trust.rows_publication import PUBLICATION
from tests.trust.rows_reporting import REPORTING
from tests.trust.rows_tokens import TOKENS
from tests.trust.world import ROLES

DRAFT_STEP = Row(("draft",), get=AUTHORITY_WRITERS, post=AUTHORITY_WRITERS, readers=("authority_viewer",))
DECIDE = Row(("request", "question"), get=AUTHORITY_WRITERS, post=AUTHORITY_WRITERS, readers=("authority_viewer",))
OWN_RESPONSE = Row(("request", "response"), get=SUPPLIER_WRITERS, post=SUPPLIER_WRITERS, readers=("supplier_viewer",))
WRITE_OUTCOME = Row(("closed",), get=AUTHORITY_WRITERS, post=AUTHORITY_WRITERS, readers=("authority_viewer",))
ENGAGEMENT = {
    "engagement:request-list": public(),
    "engagement:request-feed": Row((), get=ROLES, post=ROLES),
    "engagement:work": Row(),
    "engagement:request-create": Row(get=ALL_AUTHORITY_WRITERS, post=ALL_AUTHORITY_WRITERS, otherwise=FORBIDDEN),
    "engagement:request-detail": public("request"),
    "engagement:request-edit": Row(("draft",), get=AUTHORITY_WRITERS, readers=("authority_viewer",)),
    "engagement:market-question-list": Row(("draft",), get=AUTHORITY_WRITERS, readers=("authority_viewer",)),
    "engagement:market-question-create": DRAFT_STEP,
    "engagement:market-question-edit": only(DRAFT_STEP, things=("draft", "market_question")),
    "engagement:market-question-remove": only(DRAFT_STEP, get=False, things=("draft", "market_question")),
    "engagement:request-step": only(DRAFT_STEP, things=("draft", "=about")),
    "engagement:request-preview": Row(("draft",), get=AUTHORITY),
    "engagement:request-publish": DRAFT_STEP,
    "engagement:request-withdraw": only(DRAFT_STEP, things=("request",)),
    "engagement:request-delete": DRAFT_STEP,
    "engagement:question-ask": Row(
        ("request",), get=ALL_SUPPLIER_WRITERS, post=ALL_SUPPLIER_WRITERS, otherwise=FORBIDDEN
    ),
    "engagement:question-list": Row(("request",), get=AUTHORITY),
    "engagement:question-answer": DECIDE,
    "engagement:question-decline": DECIDE,
    "engagement:question-merge": DECIDE,
    "engagement:response-start": Row(("request",), get=None, post=ALL_SUPPLIER_WRITERS, otherwise=FORBIDDEN),
    "engagement:response-list": Row(("request",), get=AUTHORITY),
    "engagement:response-detail": Row(("request", "response"), get=SUPPLIER),
    "engagement:response-edit": OWN_RESPONSE,
    "engagement:response-withdraw": OWN_RESPONSE,
    # An empty form names no file, and no file is not there.
    "engagement:response-file-remove": Row(("request", "response"), get=None, post=(), readers=("supplier_viewer",)),
    "engagement:outcome-edit": WRITE_OUTCOME,
    "engagement:theme-create": WRITE_OUTCOME,
    "engagement:theme-edit": only(WRITE_OUTCOME, things=("closed", "theme")),
    "engagement:theme-remove": only(WRITE_OUTCOME, get=False, things=("closed", "theme")),
}
# Staff help an owner, so they see and manage organisations; the audit names them when they do.
MANAGERS = ("supplier_owner", "staff")
MEMBERS = ("supplier_editor", "supplier_viewer")
MANAGE = Row(("supplier",), get=MANAGERS, post=MANAGERS, readers=MEMBERS)
EVERYONE_SIGNED_IN = Row(get=SIGNED_IN, post=SIGNED_IN)
ORGANISATIONS = {
    "organisations:organisation-list": Row(),
    "organisations:organisation-switch": EVERYONE_SIGNED_IN,
    "organisations:organisation-create": Row(),
    "organisations:public-body-create": EVERYONE_SIGNED_IN,
    "organisations:supplier-create": EVERYONE_SIGNED_IN,
    "organisations:organisation-detail": Row(("supplier",), get=(*SUPPLIER, "staff")),
    "organisations:organisation-edit": MANAGE,
    "organisations:organisation-ask-again": Row(
        ("supplier",), get=None, post=("supplier_owner",), readers=(*MEMBERS, "staff")
    ),
    # Nobody's address is at one of its domains here; its own members are simply sent to its page.
    "organisations:join-request-create": Row(("supplier",), get=None, post=SUPPLIER),
    "organisations:join-request-list": Row(("supplier",), get=MANAGERS, readers=MEMBERS),
    "organisations:join-request-approve": only(MANAGE, get=False, things=("supplier", "join")),
    "organisations:join-request-decline": only(MANAGE, get=False, things=("supplier", "join")),
    "organisations:member-list": Row(("supplier",), get=(*SUPPLIER, "staff")),
    "organisations:member-edit": only(MANAGE, things=("supplier", "member")),
    # The member at the end of the address is the editor, who may leave.
    "organisations:member-end": Row(
        ("supplier", "member"),
        get=(*MANAGERS, "supplier_editor"),
        post=(*MANAGERS, "supplier_editor"),
        readers=("supplier_viewer",),
    ),
    "organisations:invitation-list": Row(("supplier",), get=MANAGERS, readers=MEMBERS),
    "organisations:invitation-create": MANAGE,
    "organisations:invitation-resend": only(MANAGE, get=False, things=("supplier", "invitation")),
    "organisations:invitation-revoke": only(MANAGE, get=False, things=("supplier", "invitation")),
    "organisations:invitation-accept": Row(("invitation",), get=None, post=("outsider",)),
    # The link says plainly whose it is; only the person whom it names can accept it there.
    "organisations:invitation-open": Row(("signed",), get=ROLES, post=ROLES),
    "organisations:domain-list": Row(("supplier",), get=MANAGERS, readers=MEMBERS),
    "organisations:domain-create": MANAGE,
    "organisations:domain-trust": only(MANAGE, get=False, things=("supplier", "domain")),
    "organisations:domain-remove": only(MANAGE, get=False, things=("supplier", "domain")),
}

EDIT_PROFILE = Row(("supplier",), get=SUPPLIER_WRITERS, post=SUPPLIER_WRITERS, readers=("supplier_viewer", "staff"))
DECIDE_CLAIM = Row(
    ("supplier", "capability"),
    get=None,
    post=SUPPLIER_WRITERS,
    readers=EDIT_PROFILE.readers,
)
FOLLOW = Row(("capability",), get=None, post=SIGNED_IN)


def profile_rows(kind: str) -> dict[str, Row]:
    """The four addresses of what a profile holds in rows."""
    return {
        f"techmap:{kind}-list": Row(("supplier",), get=SUPPLIER_WRITERS, readers=EDIT_PROFILE.readers),
        f"techmap:{kind}-create": EDIT_PROFILE,
        f"techmap:{kind}-edit": only(EDIT_PROFILE, things=("supplier", kind)),
        f"techmap:{kind}-remove": only(EDIT_PROFILE, get=False, things=("supplier", kind)),
    }


TECHMAP = {
    "techmap:supplier-list": public(),
    "techmap:search-order": public(),
    "techmap:name-complete": public(),
    "techmap:supplier-detail": public("supplier"),
    "techmap:profile-edit": Row(("supplier",), get=SUPPLIER_WRITERS, readers=EDIT_PROFILE.readers),
    "techmap:profile-section": only(EDIT_PROFILE, things=("supplier", "=about")),
    "techmap:profile-review": EDIT_PROFILE,
    **profile_rows("accreditation"),
    **profile_rows("framework-place"),
    **profile_rows("contact"),
    "techmap:claim-confirm": DECIDE_CLAIM,
    "techmap:claim-remove": DECIDE_CLAIM,
    "techmap:match-list": Row(get=("staff",)),
    "techmap:match-detail": Row(("match",), get=("staff",), post=("staff",)),
    "techmap:match-undo": Row(("match",), get=None, post=("staff",)),
    "techmap:match-reopen": Row(("match",), get=None, post=("staff",)),
    "techmap:capability-list": public(),
    "techmap:capability-detail": public("capability"),
    "techmap:capability-follow": FOLLOW,
    "techmap:capability-unfollow": FOLLOW,
    "techmap:follow-list": Row(),
    "techmap:evidence-rules": public(),
    "techmap:evidence-list": public("supplier"),
    "techmap:case-study-list": public("supplier"),
    "techmap:case-study-create": EDIT_PROFILE,
    "techmap:case-study-detail": public("supplier", "case_study"),
    "techmap:case-study-step": only(EDIT_PROFILE, things=("supplier", "case_study", "=about")),
    "techmap:case-study-remove": only(EDIT_PROFILE, things=("supplier", "case_study")),
    "techmap:referee-ask": only(EDIT_PROFILE, things=("supplier", "case_study")),
    # Whoever holds the signed link may answer, once.
    "techmap:referee-answer": Row(("referee_link",), get=ROLES, post=ROLES),
    "techmap:compare": public(),
    "techmap:combination-find": public(),
    "techmap:market": public(),
    "techmap:market-capability": public("capability"),
    "techmap:market-chart": public("capability", "=value"),
    "techmap:market-download": public("=csv"),
    "techmap:combination-save": Row(get=ALL_AUTHORITY_WRITERS, post=ALL_AUTHORITY_WRITERS, otherwise=FORBIDDEN),
}

SHORTLIST_READERS = (*AUTHORITY, "staff")
ON_SHORTLIST = Row(("shortlist",), get=AUTHORITY_WRITERS, post=AUTHORITY_WRITERS, readers=("authority_viewer", "staff"))
SHORTLISTS = {
    "techmap:shortlist-list": Row(),
    "techmap:shortlist-create": Row(get=ALL_AUTHORITY_WRITERS, post=ALL_AUTHORITY_WRITERS, otherwise=FORBIDDEN),
    "techmap:shortlist-detail": Row(("shortlist",), get=SHORTLIST_READERS),
    **dict.fromkeys(
        [
            f"techmap:shortlist-{step}"
            for step in ("edit", "leave-out", "bring-back", "note", "since", "outcome", "lock")
        ],
        ON_SHORTLIST,
    ),
    "techmap:shortlist-record": Row(("locked_shortlist",), get=SHORTLIST_READERS),
    "techmap:shortlist-download": Row(("locked_shortlist", "=json"), get=None, post=SHORTLIST_READERS),
    "techmap:record-check": Row(get=ROLES, post=ROLES),
}

# The techmap taken away: files, frames, open data and the API, for everybody.
OPEN_DATA = {
    **dict.fromkeys(
        [
            "techmap:landscape-svg",
            "techmap:landscape-png",
            "techmap:supplier-csv",
            "techmap:supplier-xlsx",
            "techmap:embed",
            "techmap:embed-help",
            "techmap:bulk",
            "api:documentation",
            "api:schema",
            "api:capability-list",
            "api:supplier-list",
        ],
        public(),
    ),
    "techmap:bulk-download": public("=licence.txt"),
    "api:supplier-detail": public("supplier"),
    "api:nothing-here": Row(("=nothing",), get=(), post=(), anonymous=MISSING),
}

# The notice is the editor's own.
SHARED = {
    "home": public(),
    "pages:cookies": public(),
    "pages:accessibility": public(),
    "pages:privacy": public(),
    "pages:contact": public(),
    "health": public(),
    "health-live": public(),
    "notifications:inbox": Row(),
    "notifications:inbox-read": Row(get=None, post=SIGNED_IN),
    "notifications:notice-detail": Row(("notice",), get=("supplier_editor",)),
    "notifications:notice-open": Row(("notice",), get=None, post=("supplier_editor",)),
    "notifications:preference-edit": EVERYONE_SIGNED_IN,
    # Whoever holds the signed link may stop that one kind of mail (RFC 8058).
    "notifications:unsubscribe": Row(("unsubscribe",), get=ROLES, post=ROLES),
    "files:file-download": Row(("file",), get=SUPPLIER, anonymous=MISSING),
    "audit:history": Row(("=organisations", "=organisation", "supplier"), get=(*SUPPLIER, "staff"), anonymous=MISSING),
}

WITH_APP = ("authority_owner", "supplier_owner", "staff")  # those who hold a second factor
OPEN = Row(get=ROLES, post=ROLES)
READ_ONLY_OPEN = Row(get=ROLES)
READ_OWN = Row()
# These are allauth's pages. A page about oneself shows each signed-in person their own.
ACCOUNTS = {
    **dict.fromkeys(
        ["account_login", "account_logout", "account_signup", "account_reset_password"],
        OPEN,
    ),
    **dict.fromkeys(
        [
            "account_inactive",
            "account_email_verification_sent",
            "account_reset_password_done",
            "account_reset_password_from_key_done",
            "socialaccount_login_cancelled",
            "socialaccount_login_error",
        ],
        READ_ONLY_OPEN,
    ),
    **dict.fromkeys(
        [
            "account_name_edit",
            "account_reauthenticate",
            "account_email",
            "account_change_password",
            "account_set_password",
            "account_confirm_login_code",
            "mfa_authenticate",
            "mfa_reauthenticate",
            "mfa_activate_totp",
            "mfa_generate_recovery_codes",
            "mfa_add_webauthn",
            "mfa_reauthenticate_webauthn",
            "socialaccount_connections",
            "usersessions_list",
        ],
        EVERYONE_SIGNED_IN,
    ),
    **dict.fromkeys(["account_home", "account_second_step", "mfa_index", "mfa_list_webauthn"], READ_OWN),
    "account_confirm_email": Row(("=no-such-key",), get=ROLES, post=(), anonymous=MISSING),
    "account_reset_password_from_key": Row(("=1", "=no-such-key"), get=ROLES, post=ROLES),
    "mfa_deactivate_totp": Row(get=WITH_APP, post=WITH_APP),
    # Nobody here has recovery codes or a passkey yet, nor comes from a department.
    "mfa_view_recovery_codes": Row(get=()),
    "mfa_download_recovery_codes": Row(get=(), post=()),
    "mfa_edit_webauthn": Row(("=1",), get=SIGNED_IN, post=SIGNED_IN),
    "mfa_remove_webauthn": Row(("=1",), get=(), post=()),
    "socialaccount_signup": Row(get=(), post=(), otherwise=LOGIN),
    "openid_connect_login": Row(("=nowhere",), get=(), post=(), anonymous=MISSING),
    "openid_connect_callback": Row(("=nowhere",), get=(), post=(), anonymous=MISSING),
}
MATRIX: dict[str, Row] = {
    **ENGAGEMENT,
    **ORGANISATIONS,
    **TECHMAP,
    **OPEN_DATA,
    **SHORTLISTS,
    **REPORTING,
    **ASSESSMENTS,
    **PUBLICATION,
    **DEN_DENS,
    **DEN_PANELS,
    **DEN_SCHEDULE,
    **DEN_DAY,
    **DEN_RESULTS,
    **DEN_PILOTS,
    **TOKENS,
    **SHARED,
    **ACCOUNTS,
}
