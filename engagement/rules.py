"""The rules that a request must keep before it is published, each with the words that say how to mend it.

Sources: reg. 17(2) of the Procurement Regulations 2024 (SI 2024/692) for what a preliminary market
engagement notice holds; the deadlines are this portal's own (see docs/engagement.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils import timezone

from engagement.models import EngagementRequest
from portal.organisations.permissions import why_not_active
from portal.refusals import Reason
from portal.working_days import shift_working_days

LEAST_OPEN_DAYS = 14
QUESTIONS_CLOSE_WORKING_DAYS = 2


def suggested_closing(now: datetime) -> datetime:
    """What a draft is offered: 5pm on the first working day that keeps the request open long enough."""
    local = timezone.localtime(now) + timedelta(days=LEAST_OPEN_DAYS + 1)
    return shift_working_days(local.replace(hour=17, minute=0, second=0, microsecond=0) - timedelta(days=1), 1)


def suggested_questions_close(closes: datetime) -> datetime:
    return shift_working_days(closes, -QUESTIONS_CLOSE_WORKING_DAYS)


def why_not_publish(request: EngagementRequest, now: datetime) -> list[Reason]:
    """Every item that is still missing or wrong, in the order of the regulation; empty when ready."""
    return [*notice_items(request), *date_rules(request, now)]


def notice_items(request: EngagementRequest) -> Iterator[Reason]:
    """The six items of reg. 17(2), (a) to (f)."""
    yield from authority_items(request)
    if not request.title:
        yield Reason("Give the request a title", "title")
    if not request.ocid:
        yield Reason("The request has no unique identifier. Save it again to draw one", "ocid")
    if not request.problem:
        yield Reason("Say what the problem is, so that suppliers know the subject", "problem")
    if not request.outcome_wanted:
        yield Reason("Say what outcome you want", "outcome_wanted")
    if not request.request_capabilities.exists():
        yield Reason("Choose at least one capability that the request concerns", "capabilities")
    if not request.closes_at:
        yield Reason("Give the date and time when the engagement will close", "closes_at")
    if not request.methods or not request.process:
        yield Reason("Describe how the engagement will run: its kind, and what suppliers are asked to do", "process")


def authority_items(request: EngagementRequest) -> Iterator[Reason]:
    """Item (a), with what reg. 13 asks about an authority: name, address, identifier and contact."""
    authority = request.authority
    if why := why_not_active(authority):
        yield Reason(why, "authority")
    if not (authority.street_address and authority.postal_code):
        yield Reason("Add your organisation's postal address to its details", "authority")
    if not authority.identifiers.exists():
        yield Reason("Add an identifier, such as a PPON, to your organisation's details", "authority")
    if not (request.contact_name and request.contact_email):
        yield Reason("Give the name and e-mail address of a contact for suppliers", "contact_email")


def date_rules(request: EngagementRequest, now: datetime) -> Iterator[Reason]:
    """Long enough open, and questions early enough that every answer reaches everyone in time."""
    closes = request.closes_at
    if closes is None:
        return
    opens = max(request.opens_at or now, now)
    if closes < opens + timedelta(days=LEAST_OPEN_DAYS):
        yield Reason(
            f"The closing time must be at least {LEAST_OPEN_DAYS} days after opening, so that small firms "
            "have time to answer",
            "closes_at",
        )
    latest = shift_working_days(closes, -QUESTIONS_CLOSE_WORKING_DAYS)
    if request.questions_close_at is None:
        yield Reason("Give the date and time when questions close", "questions_close_at")
    elif request.questions_close_at > latest:
        yield Reason(
            "Questions must close at least 2 working days before the request closes. "
            f"The latest time is {latest:%H:%M on %-d %B %Y}",
            "questions_close_at",
        )
    elif request.questions_close_at <= opens:
        yield Reason("Questions must close after the request opens", "questions_close_at")
