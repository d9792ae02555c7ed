"""Makers of requests in each state, with believable words and dates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from engagement.choices import Method, QuestionState, RequestState, ResponseState, Stage
from engagement.models import (
    EngagementRequest,
    MarketQuestion,
    Question,
    RequestCapability,
    Response,
    new_reference,
)
from portal.accounts.models import User
from portal.organisations.models import Organisation
from techmap.models import Capability
from tests.factories import make_public_body

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)  # a Monday
CLOSES = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)  # a Friday


def make_capability(name: str = "Cloud hosting", *, parent: str = "Cloud", **fields: Any) -> Capability:
    top, _ = Capability.objects.get_or_create(code=parent.lower().replace(" ", "-") + "-all", defaults={"name": parent})
    code = name.lower().replace(" ", "-")
    capability, _ = Capability.objects.get_or_create(code=code, defaults={"name": name, "parent": top, **fields})
    return capability


def make_authority(name: str = "Ashford Vale Council", **fields: Any) -> Organisation:
    """A verified public body with all that reg. 13 asks of an authority."""
    authority = make_public_body(
        name, street_address="1 Mill Lane", locality="Ashford Vale", postal_code="AV1 2BC", **fields
    )
    authority.identifiers.create(scheme="GB-PPON", value=f"P{uuid4().hex[:10].upper()}")
    return authority


def make_request(
    authority: Organisation | None = None, *, by: User | None = None, state: str = RequestState.PUBLISHED, **fields: Any
) -> EngagementRequest:
    """A complete request in the state, published on 2 and closing on 20 November 2026."""
    fields = {
        "title": "Finding empty homes from open data",
        "problem": "We find empty homes by letter and lose two years for each.",
        "outcome_wanted": "Officers know of an empty home within a month.",
        "stage": Stage.DISCOVERY,
        "methods": [Method.WRITTEN],
        "process": "Answer three questions in writing. It takes about an hour.",
        "contact_name": "Market engagement team",
        "contact_email": "market@ashfordvale.example",
        "opens_at": NOW,
        "questions_close_at": CLOSES - timedelta(days=4),
        "closes_at": CLOSES,
        **fields,
    }
    if state != RequestState.DRAFT:
        fields.setdefault("published_at", NOW)
    if state == RequestState.WITHDRAWN:
        fields.setdefault("withdrawn_reason", "The policy has changed.")
    reference = new_reference()
    request = EngagementRequest.objects.create(
        authority=authority or make_authority(),
        created_by=by,
        state=state,
        reference=reference,
        ocid=f"ocds-tp0000-{reference}",
        **fields,
    )
    RequestCapability.objects.create(request=request, capability=make_capability())
    return request


def make_market_question(
    request: EngagementRequest, text: str = "What would you try first?", **fields: Any
) -> MarketQuestion:
    return MarketQuestion.objects.create(request=request, text=text, **fields)


def make_question(
    request: EngagementRequest,
    supplier: Organisation,
    by: User,
    text: str = "Is the register open data?",
    **fields: Any,
) -> Question:
    if fields.get("state") in (QuestionState.ANSWERED, QuestionState.DECLINED):
        fields.setdefault("answer", "Yes, from next month.")
        fields.setdefault("decided_at", NOW)
    return Question.objects.create(request=request, supplier=supplier, asked_by=by, asked_at=NOW, text=text, **fields)


def make_response(
    request: EngagementRequest,
    supplier: Organisation,
    by: User,
    *,
    state: str = ResponseState.SUBMITTED,
    answer: str = "",
) -> Response:
    """A response in the state; `answer` answers each of the request's questions."""
    submitted = {"submitted_at": NOW, "submitted_by": by} if state == ResponseState.SUBMITTED else {}
    response = Response.objects.create(
        request=request, supplier=supplier, state=state, started_by=by, started_at=NOW, saved_at=NOW, **submitted
    )
    if answer:
        for question in request.market_questions.all():
            response.answers.create(question=question, value=answer)
    return response
