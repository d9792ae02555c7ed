"""Reading pilots: the board of both sides, the figures of one, and the library of learning."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib.postgres.search import SearchQuery
from django.db.models import Case, Count, OuterRef, Q, QuerySet, Subquery, When
from django.utils import timezone

from innovation_den.choices import PilotState
from innovation_den.models import LogEntry, Pilot, PilotAmendment, ReviewPoint, StopRule
from innovation_den.models.pilots import SEARCHED
from innovation_den.pilot_rules import LOG_DAYS, is_over
from techmap.models import Capability

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User

    Person = User | AnonymousUser

IN_ORDER = (
    *(PilotState.RUNNING, PilotState.AGREED, PilotState.DRAFT),
    *(PilotState.REVIEW, PilotState.PUBLISHED, PilotState.ABANDONED),
)
MOST_ENTRIES = 200  # of the log and of the spending on one page: four years of weeks


@dataclass(frozen=True)
class Point:
    """The measure, or the money spent so far, on a day."""

    dated: date
    value: Decimal


def _count(rows: QuerySet[Any]) -> Subquery:
    counted = rows.filter(pilot=OuterRef("pk")).order_by().values("pilot").annotate(n=Count("pk")).values("n")
    return Subquery(counted)


def board(user: Person, now: datetime) -> QuerySet[Pilot]:
    """Every pilot that the user works on, with its latest value and what waits for an answer. What runs comes first."""
    today = timezone.localdate(now)
    values = LogEntry.objects.filter(pilot=OuterRef("pk"), value__isnull=False).order_by("-dated", "-id")
    logs = LogEntry.objects.filter(pilot=OuterRef("pk")).order_by("-at")
    return (
        Pilot.objects.work_of(user)
        .select_related("sponsor", "firm")
        .annotate(
            latest=Subquery(values.values("value")[:1]),
            logged_at=Subquery(logs.values("at")[:1]),
            alerts=_count(StopRule.objects.filter(met_at__isnull=False, answer="")),
            reviews_due=_count(ReviewPoint.objects.filter(at=None, due_on__lte=today)),
            changes=_count(PilotAmendment.objects.filter(applied_at=None, dropped_at=None)),
        )
        .order_by(Case(*(When(state=state, then=place) for place, state in enumerate(IN_ORDER))), "ends_on", "-id")
    )


def says(pilot: Any, now: datetime) -> list[str]:
    """What waits, for one row of the board."""
    if pilot.state == PilotState.AGREED and pilot.starts_on and pilot.starts_on <= timezone.localdate(now):
        return ["Ready to start"]
    if pilot.state == PilotState.REVIEW:
        return ["Outcome to publish"]
    if pilot.state != PilotState.RUNNING:
        return []
    words = []
    if pilot.alerts:
        words.append("A stop rule is met" if pilot.alerts == 1 else f"{pilot.alerts} stop rules are met")
    if pilot.reviews_due:
        words.append("Review point due")
    if pilot.changes:
        words.append("A change waits for a signature")
    since = pilot.logged_at or pilot.started_at
    if since and (timezone.localdate(now) - timezone.localdate(since)).days >= LOG_DAYS:
        words.append("The log is late")
    return words


def days_left(pilot: Pilot, now: datetime) -> int | None:
    """Days that are left of a pilot that runs, today among them."""
    if pilot.state != PilotState.RUNNING or pilot.ends_on is None or is_over(pilot, now):
        return None
    return (pilot.ends_on - timezone.localdate(now)).days + 1


def measured(pilot: Pilot) -> list[Point]:
    """The measure by day; of several entries for one day the last counts."""
    rows = pilot.log.filter(value__isnull=False).order_by("dated", "id").values_list("dated", "value")
    return [Point(dated, value) for dated, value in dict(rows).items() if value is not None]


def spent_over_time(pilot: Pilot) -> list[Point]:
    """What was spent in all up to each day on which anything was."""
    sums: dict[date, Decimal] = {}
    so_far = Decimal(0)
    for dated, amount in pilot.spending.order_by("dated", "id").values_list("dated", "amount"):
        so_far += amount
        sums[dated] = so_far
    return [Point(dated, total) for dated, total in sums.items()]


def library() -> QuerySet[Pilot]:
    """What was learnt, the newest first."""
    rows = Pilot.objects.public().select_related("sponsor", "firm").prefetch_related("capabilities")
    return rows.order_by("-published_at", "-id")


def saying(pilots: QuerySet[Pilot], words: str) -> QuerySet[Pilot]:
    """By the index of words, as a search engine reads them."""
    query = SearchQuery(words.replace("\x00", ""), search_type="websearch", config="english")
    return pilots.alias(words=SEARCHED).filter(words=query)


def about(pilots: QuerySet[Pilot], code: str) -> QuerySet[Pilot]:
    """Of a capability; a parent stands for all that it holds."""
    links = Pilot.capabilities.through.objects.filter(Q(capability__code=code) | Q(capability__parent__code=code))
    return pilots.filter(pk__in=links.values("pilot"))


def latest_values(pilots: list[Pilot]) -> dict[int, Decimal]:
    """The last value of the measure of each, in one query."""
    rows = LogEntry.objects.filter(pilot__in=pilots, value__isnull=False).order_by("dated", "id")
    return {pk: value for pk, value in rows.values_list("pilot_id", "value") if value is not None}


def requests_of(pilot: Pilot) -> QuerySet[Any]:
    """The sponsor's requests for early engagement, the newest first."""
    requests: QuerySet[Any] = apps.get_model("engagement", "EngagementRequest").objects.filter(authority=pilot.sponsor)
    return requests.order_by("-pk")


def request_after(pilot: Pilot, user: Person) -> Any:
    """The request by which the idea goes on, where the user may see it: a draft is the sponsor's alone."""
    requests: Any = apps.get_model("engagement", "EngagementRequest").objects
    return requests.visible_to(user).filter(pk=pilot.engagement_id).first() if pilot.engagement_id else None


def capabilities_in_library() -> QuerySet[Capability]:
    return Capability.objects.filter(pilots__state=PilotState.PUBLISHED).distinct().order_by("name")
