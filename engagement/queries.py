"""What pages and actions read: people to tell, numbers to show, work to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import JSONObject

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
from portal.organisations.queries import people_in

if TYPE_CHECKING:
    from portal.accounts.models import User

# What one row of a list and one entry of the feed show: long texts that they don't show stay where they are.
LISTED = (
    "reference", "title", "problem", "state", "stage", "region", "opens_at", "closes_at", "published_at", "is_imported",
)  # fmt: skip
CHIP = {"code": "capability__code", "name": "capability__name", "guessed": "is_guessed"}
SETTLED = (QuestionState.ANSWERED, QuestionState.DECLINED)
TOOK_PART = (ResponseState.DRAFT, ResponseState.SUBMITTED)


def participants(request: EngagementRequest) -> QuerySet[User]:
    """Members of each supplier that asked a question or holds a draft or submitted response."""
    asked = Question.objects.filter(request=request).values("supplier_id")
    responded = Response.objects.filter(request=request, state__in=TOOK_PART).values("supplier_id")
    return people_in(Q(organisation__in=asked) | Q(organisation__in=responded))


def open_questions(request: EngagementRequest) -> QuerySet[Question]:
    return request.questions.filter(state=QuestionState.RECEIVED)


def all_shown(request: EngagementRequest) -> tuple[Any, ...]:
    """All that a row of a list is drawn from, apart from the clock."""
    values = [getattr(request, name) for name in LISTED]
    return (*values, request.authority.name, getattr(request, "chips", []))


def with_list_data(requests: RequestQuerySet) -> RequestQuerySet:
    """What one row of a list of public requests shows, all in one query.

    Each was published some time; saying so lets the index of the newest begin after the drafts.
    """
    links = RequestCapability.objects.filter(request=OuterRef("pk")).order_by("capability__name")
    shown = requests.filter(published_at__isnull=False).select_related("authority").only(*LISTED, "authority__name")
    return shown.annotate(chips=ArraySubquery(links.values(chip=JSONObject(**CHIP))))


def chips_of(request: EngagementRequest) -> Iterable[dict[str, Any]]:
    """The capabilities that one request concerns, as `with_list_data` gives them for many."""
    rows: Any = request.request_capabilities.values(**{name: F(path) for name, path in CHIP.items()})
    return rows  # type: ignore[no-any-return]


def dens_of(request: EngagementRequest) -> Iterable[Any]:
    """The innovation dens that everybody may see and that take up the request. Their room stands beside this one."""
    return cast(Any, request).dens.public()  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Numbers:
    """The numbers that everyone may see, small and medium firms apart from large ones."""

    questions: int
    questions_open: int
    questions_settled: int
    responses_sme: int
    responses_large: int

    @property
    def responses(self) -> int:
        return self.responses_sme + self.responses_large


def numbers_of(request: EngagementRequest) -> Numbers:
    """Counts of questions and of submitted responses; a supplier with no size given counts as large."""
    questions = request.questions.aggregate(
        all=Count("pk"),
        open=Count("pk", filter=Q(state=QuestionState.RECEIVED)),
        settled=Count("pk", filter=Q(state__in=SETTLED)),
    )
    responses = request.responses.filter(state=ResponseState.SUBMITTED).aggregate(
        sme=Count("pk", filter=Q(supplier__size__in=SME_SIZES)), all=Count("pk")
    )
    return Numbers(
        questions=questions["all"],
        questions_open=questions["open"],
        questions_settled=questions["settled"],
        responses_sme=responses["sme"],
        responses_large=responses["all"] - responses["sme"],
    )


def settled_questions(request: EngagementRequest) -> QuerySet[Question]:
    """What everyone sees: questions answered or declined, oldest first, with those merged into each."""
    return (
        request.questions.filter(state__in=SETTLED)
        .only("request", "text", "state", "answer", "decided_at")
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
    under_way = Q(state__in=[RequestState.DRAFT, RequestState.PUBLISHED, RequestState.CLOSED])
    waiting = Question.objects.filter(request=OuterRef("pk"), state=QuestionState.RECEIVED).order_by()
    writes = Membership.objects.filter(organisation=OuterRef("authority"), user=user, ended_at=None, role__in=WRITERS)
    number = Subquery(waiting.values("request").values(number=Count("pk")))
    return (
        EngagementRequest.objects.filter(under_way, of_members(user, "authority"), is_imported=False)
        .select_related("authority")
        .only("reference", "title", "state", "opens_at", "closes_at", "authority__name")
        .annotate(waiting_questions=number, may_write=Exists(writes))
        .order_by("closes_at", "-id")
    )


def responses_to_work_on(user: User, now: datetime) -> ResponseQuerySet:
    """The responses of the user's suppliers: on open requests, the nearest deadline first; then the newest."""
    is_open = When(request__state=RequestState.PUBLISHED, request__closes_at__gt=now, then=0)
    return (
        Response.objects.of_suppliers_of(user)
        .exclude(state=ResponseState.WITHDRAWN)
        .select_related("request__authority")
        .only(
            "public_id",
            "state",
            "request__reference",
            "request__title",
            "request__closes_at",
            "request__authority__name",
        )
        .order_by(
            Case(is_open, default=1),
            Case(When(request__closes_at__gt=now, then="request__closes_at")),
            "-request__closes_at",
            "-id",
        )
    )
