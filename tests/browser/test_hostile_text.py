"""Trust row 12: hostile text in everything that people write, shown on every page, runs nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.models import CharField, Model, TextField
from django.urls import reverse
from psycopg.types.json import Jsonb

import innovation_den.models as den
import reporting.models as reporting
from engagement.models import Answer, EngagementRequest, MarketQuestion, Outcome, Question, Theme
from portal.accounts.models import User
from portal.files.models import StoredFile
from portal.notifications.models import Message
from portal.organisations.models import Organisation
from portal.tokens.models import ApiToken
from reporting.models import (
    Amendment,
    Assessment,
    AssessmentKpi,
    BaselineKpi,
    BaselineMilestone,
    Contract,
    Flag,
    FlagAnswer,
    FoundReturn,
    FoundRow,
    KpiRating,
    LineQuery,
    Publication,
    Redaction,
    Return,
    ReturnLine,
    Scheme,
    Upload,
    UploadFinding,
)
from techmap.models import (
    Accreditation,
    Capability,
    CaseStudy,
    Contact,
    Evidence,
    Framework,
    Price,
    Rating,
    RefereeRequest,
    Shortlist,
    ShortlistEntry,
    ShortlistNote,
    SupplierProfile,
)
from tests.browser.sweep import pages, sign_in
from tests.trust.world import World

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]

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
    Rating: ("what", "grade", "rated_by"),
    Price: ("what", "unit"),
    Shortlist: ("title", "purpose", "query_words", "outcome_reason"),
    ShortlistEntry: ("why_found", "reason"),
    ShortlistNote: ("text",),
    ApiToken: ("name",),
    Scheme: ("name", "department", "category", "aims"),
    Contract: ("title", "description", "framework", "lot"),
    BaselineMilestone: ("title",),
    BaselineKpi: ("title", "measured_in"),
    Amendment: ("reason",),
    Return: ("reason", "decision_reason"),
    reporting.Answer: ("text",),
    LineQuery: ("text", "answer"),
    KpiRating: ("comment",),
    Assessment: ("summary", "breach", "reply"),
    AssessmentKpi: ("title", "measured_in", "comment"),
    Flag: ("says",),
    FlagAnswer: ("text",),
    Publication: ("reason",),
    Redaction: ("reason",),
    Upload: ("name", "failure"),
    FoundReturn: ("why_not",),
    UploadFinding: ("sheet", "column", "value", "says", "mend"),
    den.Den: ("title", "challenge", "rules", "prize", "called_off_reason"),
    den.Criterion: ("help",),  # its title is held to be the only one of its den
    den.EligibilityQuestion: ("text",),
    den.Room: ("name", "place"),
    den.Pitch: (
        *("title", "summary", "problem", "idea", "evidence", "novelty", "test", "ask", "team", "needs_note"),
        *("reason", "drop_out_reason"),
    ),
    den.PitchPartner: ("role",),
    den.EligibilityAnswer: ("text",),
    den.Screening: ("reason",),
    den.Appeal: ("text", "answer"),
    den.Panellist: ("name", "employer_name", "interests", "stood_down_reason"),
    den.Conflict: ("says", "reason"),
    den.Release: ("note",),
    den.ScoreSheet: ("comment", "private_note"),
    den.Score: ("reason",),
    den.Moderation: ("reason",),
    den.PitchDecision: ("reason", "letter"),
    den.Pilot: (
        *("title", "hypothesis", "measure", "unit", "data_notes", "ethics_notes", "end_reason", "learnt", "advice"),
        *("firm_words",),
    ),
    den.SpendEntry: ("what",),
    den.LogEntry: ("text",),
    den.PilotAmendment: ("reason",),
    den.StopRule: ("answer",),
    den.ReviewPoint: ("note",),
}
# The database asks why these are filled in.
EMPTY_STAYS = {
    *("answer", "breach", "failure", "reply", "called_off_reason", "stood_down_reason", "drop_out_reason"),
    *("end_reason", "letter"),
}
# What returns say stands in JSON, by the fields of the standard.
LINES: dict[type[Model], tuple[str, ...]] = {
    Return: ("confidence_reason",),
    ReturnLine: ("description", "title", "name", "reason"),
    FoundRow: ("description", "title", "name", "reason"),
}


def poison() -> None:
    """Write hostile text into every text that people write, past every form and lock."""
    with connection.cursor() as cursor:
        for model in {*TEXTS, *LINES}:
            table = model._meta.db_table
            cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
            for name in TEXTS.get(model, ()):
                field = model._meta.get_field(name)
                assert isinstance(field, CharField | TextField)
                size = field.max_length or 1000
                where = f""" WHERE "{field.column}" <> ''""" if name in EMPTY_STAYS else ""
                cursor.execute(f'UPDATE "{table}" SET "{field.column}" = left(%s, %s){where}', [HOSTILE, size])
            if hostile := dict.fromkeys(LINES.get(model, ()), HOSTILE):
                cursor.execute(f'UPDATE "{table}" SET data = data || %s', [Jsonb(hostile)])
            cursor.execute(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')


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
