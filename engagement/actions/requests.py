"""The life of a request: drafted, published, closed by the clock, or withdrawn with a reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction

from engagement.choices import REQUEST_TRANSITIONS, RequestState
from engagement.models import EngagementRequest, MarketQuestion, RequestCapability, new_reference
from engagement.permissions import can_draft_for, can_edit_request
from engagement.queries import open_questions, participants, writers_of
from engagement.rules import why_not_publish
from portal.audit.actions import record
from portal.notifications.actions import tell
from portal.notifications.choices import Kind
from portal.organisations.models import Organisation
from portal.records import check_transition
from portal.refusals import Refused
from techmap.models import Capability
from techmap.queries import people_to_tell

if TYPE_CHECKING:
    from portal.accounts.models import User

DRAFT_FIELDS = frozenset(
    [
        "title",
        "problem",
        "outcome_wanted",
        "stage",
        "methods",
        "process",
        "region",
        "value_low",
        "value_high",
        "contract_start",
        "contract_end",
        "related_contract",
        "contact_name",
        "contact_email",
        "opens_at",
        "questions_close_at",
        "closes_at",
    ]
)


def locked(request: EngagementRequest) -> EngagementRequest:
    """The request as it is now, locked until the transaction ends."""
    return EngagementRequest.objects.select_for_update(of=("self",)).select_related("authority").get(pk=request.pk)


def locked_draft(request: EngagementRequest, by: User) -> EngagementRequest:
    """The request, locked, where `by` may edit it and it is still a draft."""
    request = locked(request)
    if not can_edit_request(by, request):
        raise PermissionDenied
    if request.state != RequestState.DRAFT:
        raise Refused("This request is published, so suppliers rely on it. It can no longer be changed here")
    return request


@transaction.atomic
def start_request(
    *, authority: Organisation, title: str, by: User, submission_key: UUID, capabilities: Iterable[Capability] = ()
) -> EngagementRequest:
    """Make a draft with its unique identifier. The same form sent twice gives the same draft."""
    if not can_draft_for(by, authority):
        raise PermissionDenied
    reference = new_reference()
    request, made = EngagementRequest.objects.get_or_create(
        submission_key=submission_key,
        authority=authority,
        defaults={
            "reference": reference,
            "ocid": f"{settings.OCID_PREFIX}-{reference}",
            "title": title,
            "created_by": by,
            "contact_name": by.name,
            "contact_email": by.email,
        },
    )
    if made:
        RequestCapability.objects.bulk_create(
            RequestCapability(request=request, capability=capability) for capability in capabilities
        )
        record("engagement.request.started", target=request, by=by, new={"title": title})
    return request


@transaction.atomic
def save_draft(*, request: EngagementRequest, version: int, by: User, fields: Mapping[str, Any]) -> EngagementRequest:
    """Save some of the draft's fields. Raises `StaleWrite` where somebody else saved it first."""
    request = locked_draft(request, by)
    unknown = set(fields) - DRAFT_FIELDS
    if unknown:
        raise ValueError(f"Not fields of a draft: {sorted(unknown)}")
    changed = {name: value for name, value in fields.items() if getattr(request, name) != value}
    if not changed:
        return request  # also where the same form was sent twice
    request.check_version(version)
    old = {name: getattr(request, name) for name in changed}
    for name, value in changed.items():
        setattr(request, name, value)
    request.bump_version().save(update_fields=[*changed, "version"])
    record("engagement.request.saved", target=request, by=by, old=old, new=changed)
    return request


@transaction.atomic
def set_capabilities(
    *, request: EngagementRequest, version: int, by: User, capabilities: Iterable[Capability]
) -> EngagementRequest:
    """Replace the capabilities that the draft concerns."""
    request = locked_draft(request, by)
    wanted = {capability.pk: capability for capability in capabilities}
    before = {
        link.capability_id: link.capability.name for link in request.request_capabilities.select_related("capability")
    }
    if wanted.keys() == before.keys():
        return request
    request.check_version(version)
    request.request_capabilities.exclude(capability_id__in=wanted).delete()
    RequestCapability.objects.bulk_create(
        RequestCapability(request=request, capability_id=pk) for pk in wanted.keys() - before.keys()
    )
    request.bump_version().save(update_fields=["version"])
    record(
        "engagement.request.saved",
        target=request,
        by=by,
        old={"capabilities": sorted(before.values())},
        new={"capabilities": sorted(capability.name for capability in wanted.values())},
    )
    return request


@transaction.atomic
def save_market_question(
    *,
    request: EngagementRequest,
    by: User,
    fields: Mapping[str, Any],
    question: MarketQuestion | None = None,
    version: int = 0,
    submission_key: UUID | None = None,
) -> MarketQuestion:
    """Add a question to the market, or change one. The same form sent twice adds it once."""
    request = locked_draft(request, by)
    if question is None:
        last = request.market_questions.order_by("-position").first()
        question, made = MarketQuestion.objects.get_or_create(
            submission_key=submission_key or uuid4(),
            request=request,
            defaults={**fields, "position": last.position + 1 if last else 1},
        )
        if not made:
            return question
        old: dict[str, Any] = {}
    else:
        question, old = changed_question(request, question, fields, version)
    request.bump_version().save(update_fields=["version"])
    record("engagement.request.saved", target=request, by=by, old=old, new={"market question": question.text})
    return question


def changed_question(
    request: EngagementRequest, question: MarketQuestion, fields: Mapping[str, Any], version: int
) -> tuple[MarketQuestion, dict[str, Any]]:
    """Write the fields of a stored question to the market; also what it said before."""
    stored = request.market_questions.filter(pk=question.pk).first()
    if stored is None:
        raise Refused("A colleague has removed this question")
    changed = {name: value for name, value in fields.items() if getattr(stored, name) != value}
    old = {"market question": stored.text}
    if changed:
        stored.check_version(version)
        for name, value in changed.items():
            setattr(stored, name, value)
        stored.bump_version().save()
    return stored, old


@transaction.atomic
def remove_market_question(*, request: EngagementRequest, by: User, question: MarketQuestion) -> None:
    """Take a question to the market out of the draft."""
    request = locked_draft(request, by)
    gone, _ = request.market_questions.filter(pk=question.pk).delete()
    if gone:
        request.bump_version().save(update_fields=["version"])
        record("engagement.request.saved", target=request, by=by, old={"market question": question.text})


@transaction.atomic
def delete_draft(*, request: EngagementRequest, by: User) -> None:
    """Delete a draft that nobody but its authority has seen."""
    request = locked_draft(request, by)
    record("engagement.request.deleted", target=request, by=by, old={"title": request.title})
    request.delete()


@transaction.atomic
def publish_request(*, request: EngagementRequest, by: User, now: datetime) -> EngagementRequest:
    """Publish the draft and tell everyone whose capabilities match, once each.

    Raises `Refused` with every item of reg. 17(2) and every deadline rule that is not met.
    """
    request = locked(request)
    if not can_edit_request(by, request):
        raise PermissionDenied
    check_transition(REQUEST_TRANSITIONS, request.state, RequestState.PUBLISHED, "This request is published already")
    reasons = why_not_publish(request, now)
    if reasons:
        raise Refused(reasons)
    request.state, request.published_at = RequestState.PUBLISHED, now
    request.opens_at = max(request.opens_at or now, now)
    request.bump_version().save(update_fields=["state", "published_at", "opens_at", "version"])
    record("engagement.request.published", target=request, by=by, new={"closes_at": request.closes_at})
    tell(
        kind=Kind.MATCH,
        subject=f"New request: {request.title}",
        body=f"{request.authority} asks the market for help with a problem.\n\n{request.problem[:600]}",
        path=request.get_absolute_url(),
        link_text="Read the request and take part",
        reason="You follow a capability that it concerns, or your organisation offers one",
        recipients=people_to_tell(Capability.objects.filter(requests=request)),
        dedupe_key=f"engagement.request.published:{request.pk}",
    )
    return request


@transaction.atomic
def close_request(*, request: EngagementRequest, now: datetime) -> bool:
    """Store that the request's closing time has passed, and tell its authority. False where nothing was due."""
    request = locked(request)
    if request.state != RequestState.PUBLISHED or request.state_at(now) != RequestState.CLOSED:
        return False
    request.state, request.closed_at = RequestState.CLOSED, request.closes_at
    request.bump_version().save(update_fields=["state", "closed_at", "version"])
    record("engagement.request.closed", target=request, by=None)
    if not request.is_imported:
        tell(
            kind=Kind.DEADLINE,
            subject=f"Closed: {request.title}",
            body=closing_words(request),
            path=request.get_absolute_url(),
            link_text="Read the responses",
            reason=f"You write for {request.authority}",
            recipients=writers_of(request.authority),
            dedupe_key=f"engagement.request.closed:{request.pk}",
        )
    return True


def closing_words(request: EngagementRequest) -> str:
    """What the authority hears at closing: the responses, what is left open, and when the outcome is due."""
    count = request.responses.filter(state="submitted").count()
    words = [f"{count} {'response' if count == 1 else 'responses'} can be read now."]
    left = open_questions(request).count()
    if left:
        words.append(f"{left} {'question was' if left == 1 else 'questions were'} not answered. The page says so.")
    words.append(f"Publish what you heard and what changed by {request.outcome_due_at:%-d %B %Y}.")
    return "\n\n".join(words)


@transaction.atomic
def withdraw_request(*, request: EngagementRequest, reason: str, by: User, now: datetime) -> EngagementRequest:
    """Withdraw a published request. The page stays, with the reason; everyone who took part is told."""
    request = locked(request)
    if not can_edit_request(by, request):
        raise PermissionDenied
    check_transition(
        REQUEST_TRANSITIONS,
        request.state,
        RequestState.WITHDRAWN,
        "Only a request that is open, or closed without an outcome, can be withdrawn",
    )
    request.state, request.withdrawn_at, request.withdrawn_reason = RequestState.WITHDRAWN, now, reason
    request.bump_version().save(update_fields=["state", "withdrawn_at", "withdrawn_reason", "version"])
    record("engagement.request.withdrawn", target=request, by=by, note=reason)
    tell(
        kind=Kind.OUTCOME,
        subject=f"Withdrawn: {request.title}",
        body=f"{request.authority} has withdrawn this request.\n\nThe reason given: {reason}",
        path=request.get_absolute_url(),
        link_text="See the request",
        reason="Your organisation takes part in this request",
        recipients=participants(request),
        dedupe_key=f"engagement.request.withdrawn:{request.pk}",
    )
    return request
