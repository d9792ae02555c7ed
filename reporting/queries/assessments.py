"""Reading assessments: which are due, what a draft begins with, and what the public sees."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import DateField, DurationField, Exists, F, Func, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Coalesce, Greatest, Least

from reporting import standards
from reporting.choices import UNDER_WAY, AssessmentState, ContractState
from reporting.models import Assessment, AssessmentKpi, Contract, KpiRating, ReturnLine
from reporting.permissions import can_decide_return, is_party
from reporting.queries.publication import redactions_of
from reporting.queries.ratings import KPI, RATING
from reporting.standards.values import reader

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User

# Months between two assessments, and days after the end of the contract (Procurement Act 2023, s.71(2)).
EVERY_MONTHS, AFTER_THE_END = 12, timedelta(days=30)
SOON = timedelta(days=30)  # so long before, it shows


def rating_words() -> dict[str, str]:
    """The ratings of regulation 39(5), by code; in every version of the standard the same."""
    return standards.latest().codes[RATING].labels


# --- Due -------------------------------------------------------------------------------------------


class _Months(Func):
    """A day some months later. The 31st becomes the last day of a shorter month."""

    template = f"(%(expressions)s + interval '{EVERY_MONTHS} months')::date"
    output_field = DateField()


def assessable() -> QuerySet[Any]:
    """Contracts that report here, each with `assess_from`, the first day that no final assessment covers yet,
    and `assess_due`, the day by which the next is due. It is None where all is assessed.

    What was before the contract came to report here was assessed elsewhere.
    """
    final = Assessment.objects.final().filter(contract=OuterRef("pk")).order_by("-period_end")
    last = Subquery(final.values("period_end")[:1])
    begun = Greatest("baseline_start", "reports_from")
    contracts = Contract.objects.exclude(state=ContractState.DRAFT).filter(reports_from__isnull=False)
    return contracts.annotate(
        assess_from=Coalesce(Cast(last + Value(timedelta(days=1), DurationField()), DateField()), begun),
        assess_due=Least(
            _Months(F("assess_from")), Cast(F("current_end") + Value(AFTER_THE_END, DurationField()), DateField())
        ),
    )


def due_assessments(today: date) -> QuerySet[Any]:
    """Contracts whose next assessment is due within 30 days, or late; the most urgent first. None under way."""
    under_way = Assessment.objects.under_way().filter(contract=OuterRef("pk"))
    due = assessable().filter(assess_from__lte=F("current_end"), assess_due__lte=today + SOON)
    return due.exclude(Exists(under_way)).select_related("buyer", "supplier").order_by("assess_due", "pk")


@dataclass(frozen=True)
class Stretch:
    """The period that the next assessment covers, and by when it is due."""

    start: date
    end: date
    due: date


def next_stretch(contract: Contract, today: date) -> Stretch | None:
    """From the last assessment to its anniversary, to the end of the contract or to yesterday. None: all is done."""
    found = assessable().filter(pk=contract.pk).first()
    start = found.assess_from if found else contract.baseline_start
    due = found.assess_due if found else min(_year_after(start), contract.current_end + AFTER_THE_END)
    end = min(_year_after(start) - timedelta(days=1), contract.current_end, today - timedelta(days=1))
    return Stretch(start, max(start, end), due) if start <= contract.current_end else None


def _year_after(day: date) -> date:
    return date(day.year + 1, 2, 28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year + 1)


# --- What a draft begins with ----------------------------------------------------------------------


def prefilled_kpis(contract: Contract, start: date, end: date) -> list[AssessmentKpi]:
    """Each indicator of the contract and of the period's returns: target, what the last return reached, both
    sides' last ratings. Three queries, however many returns there are.
    """
    found = {
        kpi.number: AssessmentKpi(kpi_id=kpi.number, title=kpi.title, measured_in=kpi.measured_in, target=kpi.target)
        for kpi in contract.baseline_kpis.all()
    }
    inside = {
        "filed__in": contract.returns.standing().filter(  # type: ignore[attr-defined]
            is_nil=False, period_end__gte=start, period_end__lte=end
        )
    }
    lines = ReturnLine.objects.filter(**inside, table=KPI).order_by("filed__period_start", "number")
    for data in lines.values_list("data", flat=True):
        _take(found, data)
    ratings = KpiRating.objects.filter(**inside).order_by("filed__period_start")
    for kpi_id, rating, comment in ratings.values_list("kpi_id", "rating", "comment"):
        if kpi_id in found:
            found[kpi_id].rating, found[kpi_id].comment = rating, comment
    return sorted(found.values(), key=lambda one: one.kpi_id)


def _take(found: dict[str, AssessmentKpi], data: Mapping[str, Any]) -> None:
    """What a later return says replaces what an earlier one said; what it leaves out stays."""
    table = standards.latest().table(KPI)
    kpi_id = str(data.get("kpi_id") or "")[:40]
    one = found.setdefault(kpi_id, AssessmentKpi(kpi_id=kpi_id, title=str(data.get("title") or kpi_id)[:200]))
    one.measured_in = str(data.get("measured_in") or one.measured_in)[:30]
    for name in ("target", "actual"):
        value = reader(table.field(name), None)(data.get(name))
        if value is not None:
            setattr(one, name, value)
    one.rating_supplier = data.get("rating_supplier") or one.rating_supplier


# --- Shown -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ShownKpi:
    """An indicator in words, as a party or the public reads it."""

    kpi_id: str
    title: str
    measured_in: str
    target: str
    actual: str
    rating_supplier: str
    rating: str
    comment: str


@dataclass(frozen=True)
class Shown:
    """An assessment as a reader sees it; `held_back` says what the public is not shown of it, and why."""

    assessment: Assessment
    rating: str
    kpis: list[ShownKpi]
    held_back: str = ""


def shown(assessments: Iterable[Assessment], *, parties: frozenset[int] = frozenset()) -> list[Shown]:
    """As readers see them, `parties` being the contracts that this reader is a party to: three queries for all."""
    assessments = list(assessments)
    words = rating_words()
    kpis: dict[int, list[AssessmentKpi]] = {}
    for kpi in AssessmentKpi.objects.filter(assessment__in=assessments).order_by("kpi_id"):
        kpis.setdefault(kpi.assessment_id, []).append(kpi)
    hidden = redactions_of({one.contract_id: one.contract for one in assessments}.values())
    return [
        Shown(
            one,
            words.get(one.rating, ""),
            *_kpis_shown(kpis.get(one.pk, []), None if one.contract_id in parties else hidden[one.contract_id], words),
        )
        for one in assessments
    ]


HIDEABLE = ("measured_in", "target", "actual", "rating_supplier")


def _kpis_shown(kpis: list[AssessmentKpi], hidden: Any, words: Mapping[str, str]) -> tuple[list[ShownKpi], str]:
    if hidden is not None and (hidden.hides(KPI) or hidden.hides(KPI, "title")):
        return [], hidden.reason(KPI) or hidden.reason(KPI, "title")
    held = [hidden.reason(KPI, name) for name in HIDEABLE] if hidden else []

    def open_to(name: str, value: str) -> str:
        return "" if hidden is not None and hidden.hides(KPI, name) else value

    rows = [
        ShownKpi(
            kpi_id=kpi.kpi_id,
            title=kpi.title,
            measured_in=open_to("measured_in", kpi.measured_in),
            target=open_to("target", figure(kpi.target)),
            actual=open_to("actual", figure(kpi.actual)),
            rating_supplier=open_to("rating_supplier", words.get(kpi.rating_supplier, "")),
            rating=words.get(kpi.rating, ""),
            comment=kpi.comment,
        )
        for kpi in kpis
    ]
    return rows, next(filter(None, held), "")


def figure(value: Any) -> str:
    """A number without the noughts that its column adds."""
    return "" if value is None else f"{value.normalize():f}"


def contract_assessments(contract: Contract, user: User | AnonymousUser, today: date) -> dict[str, Any]:
    """What the contract's page says of its assessments, for this reader: three queries, or five for a party."""
    words = rating_words()
    rows = [
        (one, words.get(one.rating, "") if not one.is_draft else "")
        for one in Assessment.objects.visible_to(user)
        .filter(contract=contract)
        .exclude(state=AssessmentState.CORRECTED)
    ]
    party = is_party(user, contract)
    found = assessable().filter(pk=contract.pk, assess_from__lte=F("current_end")).first() if party else None
    under_way = any(one.state in UNDER_WAY for one, _ in rows)
    return {
        "rows": rows,
        "is_party": party,
        "due": found.assess_due if found else None,
        "is_late": found is not None and found.assess_due < today,
        "has_record": contract.is_published and any(one.is_final for one, _ in rows),
        "may_start": not under_way and not contract.is_draft and can_decide_return(user, contract),
    }
