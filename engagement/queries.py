"""What pages and actions read: people to tell, numbers to show, work to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.db.models import Case, Count, Exists, OuterRef, Prefetch, Q, QuerySet, When

from engagement.choices import QuestionState, RequestState, ResponseState
from engagement.models import (
    EngagementRequest,
    Question,
    RequestCapability,
    RequestQuerySet,
    Response,
    ResponseQuerySet,
    of_members,
)
from portal.organisations.choices import SME_SIZES
from portal.organisations.models import Membership, Organisation
from portal.organisations.permissions import WRITERS

if TYPE_CHECKING:
    from portal.accounts.models import User

# What one row of a list and one entry of the feed show: long texts that they don't show stay where they are.
LISTED = (
    "reference", "title", "problem", "state", "stage", "region", "opens_at", "closes_at", "published_at", "is_imported",
)  # fmt: skip
TOOK_PART = (ResponseState.DRAFT, ResponseState.SUBMITTED)


def members(of: Q, *, roles: tuple[str, ...] = ()) -> QuerySet[User]:
    """Active users who are members today of the organisations that the filter on memberships names."""
    memberships = Membership.objects.filter(of, user_id=OuterRef("pk"), ended_at=None)
    if roles:
        memberships = memberships.filter(role__in=roles)
    return get_user_model().objects.filter(Exists(memberships), is_active=True)


def members_of(organisation: Organisation) -> QuerySet[User]:
    return members(Q(organisation=organisation))


def writers_of(organisation: Organisation) -> QuerySet[User]:
    return members(Q(organisation=organisation), roles=WRITERS)


def participants(request: EngagementRequest) -> QuerySet[User]:
    """Members of each supplier that asked a question or holds a draft or submitted response."""
    asked = Question.objects.filter(request=request).values("supplier_id")
    responded = Response.objects.filter(request=request, state__in=TOOK_PART).values("supplier_id")
    return members(Q(organisation__in=asked) | Q(organisation__in=responded))


def open_questions(request: EngagementRequest) -> QuerySet[Question]:
    return request.questions.filter(state=QuestionState.RECEIVED)


def with_list_data(requests: RequestQuerySet) -> RequestQuerySet:
    """What one row of a list shows, in a number of queries that does not grow with the rows."""
    capabilities = RequestCapability.objects.select_related("capability").only(
        "request", "is_guessed", "capability__code", "capability__name"
    )
    shown = requests.select_related("authority").only(*LISTED, "authority__name")
    return shown.prefetch_related(Prefetch("request_capabilities", capabilities))


@dataclass(frozen=True)
class Numbers:
    """The numbers that everyone may see, small and medium firms apart from large ones."""

    questions: int
    questions_open: int
    responses_sme: int
    responses_large: int

    @property
    def responses(self) -> int:
        return self.responses_sme + self.responses_large


def numbers_of(request: EngagementRequest) -> Numbers:
    """Counts of questions and of submitted responses; a supplier with no size given counts as large."""
    questions = request.questions.aggregate(all=Count("pk"), open=Count("pk", filter=Q(state=QuestionState.RECEIVED)))
    responses = request.responses.filter(state=ResponseState.SUBMITTED).aggregate(
        sme=Count("pk", filter=Q(supplier__size__in=SME_SIZES)), all=Count("pk")
    )
    return Numbers(
        questions=questions["all"],
        questions_open=questions["open"],
        responses_sme=responses["sme"],
        responses_large=responses["all"] - responses["sme"],
    )


def settled_questions(request: EngagementRequest) -> QuerySet[Question]:
    """What everyone sees: questions answered or declined, oldest first, with those merged into each."""
    return (
        request.questions.filter(state__in=[QuestionState.ANSWERED, QuestionState.DECLINED])
        .annotate(merged_count=Count("merged"))
        .order_by("decided_at", "id")
    )


def own_response(request: EngagementRequest, supplier: Organisation) -> Response | None:
    return request.responses.filter(supplier=supplier).first()


def responses_for_reading(request: EngagementRequest, user: User, now: datetime) -> ResponseQuerySet:
    """Submitted responses to this request that the authority's member may read now."""
    return (
        Response.objects.filter(request=request)
        .readable_by_authority(user, now)
        .select_related("supplier", "request")
        .distinct()
    )


def requests_to_work_on(user: User) -> RequestQuerySet:
    """The requests of the user's authorities that still need something done, nearest deadline first."""
    waiting = Q(state__in=[RequestState.DRAFT, RequestState.PUBLISHED, RequestState.CLOSED])
    return (
        EngagementRequest.objects.filter(waiting, of_members(user, "authority"), is_imported=False)
        .select_related("authority")
        .annotate(
            waiting_questions=Count("questions", filter=Q(questions__state=QuestionState.RECEIVED), distinct=True)
        )
        .order_by("closes_at", "-id")
    )


def responses_to_work_on(user: User, now: datetime) -> ResponseQuerySet:
    """The responses of the user's suppliers: on open requests, the nearest deadline first; then the newest."""
    is_open = When(request__state=RequestState.PUBLISHED, request__closes_at__gt=now, then=0)
    return (
        Response.objects.of_suppliers_of(user)
        .exclude(state=ResponseState.WITHDRAWN)
        .select_related("request__authority", "supplier")
        .order_by(
            Case(is_open, default=1),
            Case(When(request__closes_at__gt=now, then="request__closes_at")),
            "-request__closes_at",
            "-id",
        )
    )
