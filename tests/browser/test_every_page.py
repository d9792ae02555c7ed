"""Trust rows 12 and 30: every page of the portal, opened in a real browser.

Each page is looked at by the first of those who may open it, at the width of a desktop and at 320 px,
which is also what 400 % zoom leaves of 1280 px. Every text in the world is hostile, and runs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.db.models import CharField, Model, TextField
from django.urls import reverse

from engagement.models import Answer, EngagementRequest, MarketQuestion, Outcome, Question, Theme
from portal.accounts.models import User
from portal.files.models import StoredFile
from portal.notifications.models import Message
from portal.organisations.models import Organisation
from techmap.models import (
    Accreditation,
    Capability,
    CaseStudy,
    Contact,
    Evidence,
    Framework,
    RefereeRequest,
    SupplierProfile,
)
from tests.browser.visitor import Visitor
from tests.trust.matrix import MATRIX
from tests.trust.rows import address_part
from tests.trust.world import NOW, World, make_world

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]

NOT_PAGES = {
    "engagement:request-feed",
    "files:file-download",
    "health",
    "health-live",
    "api:capability-list",
    "api:schema",
    "api:supplier-detail",
    "api:supplier-list",
    "techmap:bulk-download",
    "reporting:assessment-notice-json",
    "reporting:contract-chart",
    "reporting:contract-record",
    "reporting:contract-releases",
    "reporting:open-data-download",
    "reporting:report-feed",
    "reporting:compare-chart",
    "reporting:cost-chart",
    "reporting:return-export",
    "reporting:supplier-chart",
    "reporting:upload-annotated",
    "reporting:upload-progress",
    "reporting:standard-csv",
    "reporting:standard-schema",
    "reporting:standard-workbook",
    "techmap:landscape-png",
    "techmap:landscape-svg",
    "techmap:market-chart",
    "techmap:market-download",
    "techmap:name-complete",
    "techmap:supplier-csv",
    "techmap:supplier-xlsx",
}
READABLE = sorted(name for name, row in MATRIX.items() if row.get and name not in NOT_PAGES)
HOSTILE = "\"'><script>window.hit=1</script><img src=x onerror=window.hit=1>{{ 7*7 }}</title><svg onload=window.hit=1>"
TEXTS: dict[type[Model], tuple[str, ...]] = {
    User: ("name",),
    Organisation: ("name", "street_address", "locality", "status_reason"),
    EngagementRequest: ("title", "problem", "outcome_wanted", "process", "related_contract", "contact_name"),
    MarketQuestion: ("text",),
    Question: ("text", "answer"),
    Answer: ("value",),
    Outcome: ("summary", "next_steps"),
    Theme: ("heard", "explanation"),
    StoredFile: ("name",),
    Message: ("subject", "body", "link_text"),
    Capability: ("name", "description"),
    SupplierProfile: ("summary", "description"),
    CaseStudy: ("title", "customer", "summary"),
    RefereeRequest: ("referee_name", "referee_role", "comment"),
    Evidence: ("title", "buyer_name"),
    Accreditation: ("number", "issued_by"),
    Contact: ("name", "telephone"),
    Framework: ("name", "reference"),
}


@pytest.fixture
def world(transactional_db: None) -> Iterator[World]:
    with time_machine.travel(NOW, tick=True):
        yield make_world()


def poison() -> None:
    """Write hostile text into every text that people write, past every form."""
    with connection.cursor() as cursor:
        for model, fields in TEXTS.items():
            for name in fields:
                field = model._meta.get_field(name)
                assert isinstance(field, CharField | TextField)
                column, size = field.column, field.max_length or 1000
                table = model._meta.db_table
                cursor.execute(f'UPDATE "{table}" SET "{column}" = left(%s, %s)', [HOSTILE, size])


def sign_in(visitor: Visitor, world: World, role: str) -> Visitor:
    visitor.context.clear_cookies()
    if key := world.sessions.get(role):
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": key, "url": visitor.site}
        visitor.context.add_cookies([cookie])  # type: ignore[list-item]
    return visitor


def pages(world: World) -> Iterator[tuple[str, str]]:
    """Each page's address, with someone who may open it."""
    for name in READABLE:
        row = MATRIX[name]
        assert row.get
        yield row.get[0], reverse(name, args=[address_part(world, thing) for thing in row.things])


@pytest.mark.parametrize("width", [1280, 320])
def test_every_page_is_accessible(visit: Any, world: World, width: int) -> None:
    visitor = visit(f"every-page-{width}", width=width)
    faults = []
    for role, path in pages(world):
        try:
            sign_in(visitor, world, role).go(path)
        except AssertionError as fault:
            faults.append(str(fault)[:1500])
            visitor.faults.clear()
    assert not faults, "\n\n".join(faults)


FORMS = [
    ("account_login", "Sign in"),
    ("account_signup", "Create account"),
    ("engagement:question-ask", "Send the question"),
    ("engagement:market-question-create", "Save"),
    ("engagement:request-withdraw", "Withdraw the request"),
    ("engagement:theme-create", "Save the theme"),
    ("techmap:shortlist-note", "Save the note"),
    ("techmap:shortlist-outcome", "Save and check"),
    ("techmap:case-study-create", "Save and continue"),
    ("techmap:referee-ask", "Send the question"),
    ("techmap:referee-answer", "Send your answer"),
    ("organisations:supplier-create", "Register"),
    ("organisations:invitation-create", "Send the invitation"),
]


@pytest.mark.parametrize("width", [1280, 320])
def test_error_states_are_accessible(visit: Any, world: World, width: int) -> None:
    """An empty form: the title begins `Error:`, the summary takes focus and leads to the field."""
    visitor = visit(f"errors-{width}", width=width)
    for name, button in FORMS:
        row = MATRIX[name]
        assert row.get
        path = reverse(name, args=[address_part(world, thing) for thing in row.things])
        sign_in(visitor, world, row.get[0]).go(path)
        for box in visitor.page.locator("main form[method=post] textarea, main form input[type=text]").all():
            box.fill("")
        visitor.page.locator("main").get_by_role("button", name=button, exact=True).click()
        visitor.check()
        assert visitor.page.title().startswith("Error: "), path
        assert visitor.page.evaluate("document.activeElement.className") == "govuk-error-summary", path
        visitor.page.locator(".govuk-error-summary a").first.click()
        assert visitor.page.evaluate("document.activeElement.matches('input, textarea, select')"), path


def test_hostile_text_runs_nowhere(visit: Any, world: World, live_server: Any) -> None:
    """With the content security policy switched off in the browser, so that escaping alone must hold."""
    poison()
    visitor = visit("hostile", bypass_csp=True)
    hits, shown = [], 0
    staff = [(role, path) for role, path in admin_pages(world)]
    for role, path in [*pages(world), *staff]:
        sign_in(visitor, world, role).page.goto(visitor.site + path)
        shown += "<script>window.hit=1" in visitor.text()
        if visitor.page.evaluate("window.hit === 1"):
            hits.append(path)
    assert hits == []
    assert shown > 20  # the hostile text is there to be seen, as text


def admin_pages(world: World) -> Iterator[tuple[str, str]]:
    """Every list of the admin, and the page of one object of each."""
    from django.contrib import admin

    User.objects.filter(pk=world.people["staff"].pk).update(is_superuser=True)  # type: ignore[union-attr]
    for model in admin.site._registry:
        place = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield "staff", reverse(f"{place}_changelist")
        if thing := model._default_manager.first():
            yield "staff", reverse(f"{place}_change", args=[thing.pk])
