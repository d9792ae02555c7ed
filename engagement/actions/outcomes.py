"""You said, we did: the outcome of a request, owed to everyone who took part."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from django.core.exceptions import PermissionDenied
from django.db import transaction

from engagement.actions.requests import locked
from engagement.choices import REQUEST_TRANSITIONS, RequestState, ResponseState
from engagement.models import EngagementRequest, Outcome, Response, Theme
from engagement.permissions import can_edit_request
from engagement.queries import participants
from portal.audit.actions import record
from portal.notifications.actions import tell
from portal.notifications.choices import Kind
from portal.organisations.permissions import why_not_active
from portal.organisations.queries import writers_of
from portal.records import check_transition
from portal.refusals import Reason, Refused

if TYPE_CHECKING:
    from portal.accounts.models import User


def outcome_for_writing(request: EngagementRequest, by: User, now: datetime) -> Outcome:
    """The request's outcome, made where there is none, locked through its request."""
    request = locked(request)
    if not can_edit_request(by, request):
        raise PermissionDenied
    if request.state_at(now) != RequestState.CLOSED:
        raise Refused("The outcome is written after the request has closed and before it is published")
    outcome, _ = Outcome.objects.get_or_create(request=request)
    outcome.request = request
    return outcome


@transaction.atomic
def save_outcome(
    *, request: EngagementRequest, version: int, by: User, now: datetime, summary: str, next_steps: str
) -> Outcome:
    """Save the words of the outcome. Raises `StaleWrite` where a colleague saved it first."""
    outcome = outcome_for_writing(request, by, now)
    if (outcome.summary, outcome.next_steps) == (summary, next_steps):
        return outcome  # also where the same form was sent twice
    outcome.check_version(version)
    outcome.summary, outcome.next_steps = summary, next_steps
    outcome.bump_version().save()
    record("engagement.outcome.saved", target=outcome.request, by=by)
    return outcome


@transaction.atomic
def save_theme(
    *,
    request: EngagementRequest,
    by: User,
    now: datetime,
    fields: Mapping[str, Any],
    responses: Iterable[Response],
    theme: Theme | None = None,
    version: int = 0,
    submission_key: UUID | None = None,
) -> Theme:
    """Add a theme or change one, with the submitted responses that raised it."""
    outcome = outcome_for_writing(request, by, now)
    raised = {response.pk for response in responses}
    if theme is None:
        theme, made = Theme.objects.get_or_create(
            submission_key=submission_key or uuid4(),
            outcome=outcome,
            defaults={**fields, "position": outcome.themes.count() + 1},
        )
        if not made:
            return theme
    else:
        theme = changed_theme(outcome, theme, fields, raised, version)
    theme.responses.set(outcome.request.responses.filter(pk__in=raised, state=ResponseState.SUBMITTED))
    record("engagement.outcome.saved", target=outcome.request, by=by, new={"theme": theme.heard})
    return theme


def changed_theme(outcome: Outcome, theme: Theme, fields: Mapping[str, Any], raised: set[int], version: int) -> Theme:
    """Write the fields of a stored theme. Raises `StaleWrite` where a colleague saved it first."""
    stored = outcome.themes.filter(pk=theme.pk).first()
    if stored is None:
        raise Refused("A colleague has removed this theme")
    linked = set(stored.responses.values_list("pk", flat=True))
    if linked == raised and all(getattr(stored, name) == value for name, value in fields.items()):
        return stored  # the same form sent twice
    stored.check_version(version)
    for name, value in fields.items():
        setattr(stored, name, value)
    stored.bump_version().save()
    return stored


@transaction.atomic
def remove_theme(*, request: EngagementRequest, theme: Theme, by: User, now: datetime) -> None:
    outcome = outcome_for_writing(request, by, now)
    gone, _ = outcome.themes.filter(pk=theme.pk).delete()
    if gone:
        record("engagement.outcome.saved", target=outcome.request, by=by, old={"theme": theme.heard})


def why_not_publish_outcome(outcome: Outcome) -> list[Reason]:
    """What the outcome still lacks before suppliers can learn anything from it."""
    reasons = []
    if why := why_not_active(outcome.request.authority):
        reasons.append(Reason(why))
    if not outcome.summary:
        reasons.append(Reason("Say in a few sentences what you heard", "summary"))
    responses = outcome.request.responses.filter(state=ResponseState.SUBMITTED)
    if responses.exists():
        if not outcome.themes.exists():
            reasons.append(Reason("Add at least one theme: what suppliers said, and what you did about it", "themes"))
        for theme in outcome.themes.filter(responses=None):
            reasons.append(Reason(f"Link the theme to the responses that raised it: {theme.heard}", "themes"))
    return reasons


@transaction.atomic
def publish_outcome(*, request: EngagementRequest, by: User, now: datetime) -> Outcome:
    """Publish what was heard, what changed and what did not; tell everyone who took part."""
    outcome = outcome_for_writing(request, by, now)
    request = outcome.request
    reasons = why_not_publish_outcome(outcome)
    if reasons:
        raise Refused(reasons)
    if request.state == RequestState.PUBLISHED:  # the clock has closed it before the sweep did
        request.state, request.closed_at = RequestState.CLOSED, request.closes_at
    check_transition(
        REQUEST_TRANSITIONS, request.state, RequestState.OUTCOME_PUBLISHED, "The outcome is published already"
    )
    request.state = RequestState.OUTCOME_PUBLISHED
    request.bump_version().save(update_fields=["state", "closed_at", "version"])
    outcome.published_at, outcome.published_by = now, by
    outcome.bump_version().save()
    record("engagement.outcome.published", target=request, by=by)
    tell(
        kind=Kind.OUTCOME,
        subject=f"What came of it: {request.title}",
        body=f"{request.authority} has published what it heard and what it did.\n\n{outcome.summary}",
        path=request.get_absolute_url() + "#outcome",
        link_text="Read the outcome",
        reason="Your organisation took part in this request",
        recipients=participants(request),
        dedupe_key=f"engagement.outcome.published:{request.pk}",
    )
    return outcome


def chase_outcome(*, request: EngagementRequest, now: datetime) -> bool:
    """Remind the authority, once, of an outcome that is overdue. True where it is."""
    if not request.outcome_is_overdue(now):
        return False
    tell(
        kind=Kind.DEADLINE,
        subject=f"Outcome overdue: {request.title}",
        body="Suppliers gave their time to this request. Its outcome was due on "
        f"{request.outcome_due_at:%-d %B %Y}. The public page now says that it is overdue.",
        path=request.get_absolute_url() + "outcome/",
        link_text="Write the outcome",
        reason=f"You write for {request.authority}",
        recipients=writers_of(request.authority),
        dedupe_key=f"engagement.outcome.overdue:{request.pk}",
    )
    return True
