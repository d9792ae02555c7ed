"""The buyer's own ratings of the indicators in one return, beside the supplier's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse

from portal.audit.actions import record
from portal.notifications.actions import tell
from portal.notifications.choices import Kind
from portal.organisations.permissions import WRITERS
from portal.organisations.queries import people_of
from portal.refusals import Reason, Refused, StaleWrite
from reporting.actions.flags import reconsider
from reporting.choices import STANDING
from reporting.models import Contract, KpiRating, Return
from reporting.permissions import can_decide_return, why_not_assess
from reporting.queries.ratings import indicators_of, rating_labels

if TYPE_CHECKING:
    from portal.accounts.models import User


@dataclass(frozen=True)
class Rated:
    """What the form says of one indicator. `version` is that of the saved rating it was opened with; 0 for none."""

    kpi_id: str
    version: int
    rating: str
    comment: str = ""


@transaction.atomic
def rate_kpis(*, filed: Return, given: Sequence[Rated], by: User, now: datetime) -> list[KpiRating]:
    """Keep the ratings that are given, all of them or none; an indicator may wait for its rating.

    Raises `StaleWrite` where a colleague has rated one of them meanwhile.
    """
    contract = Contract.objects.locked(filed.contract_id)
    if not can_decide_return(by, contract):
        raise PermissionDenied
    filed = Return.objects.locked(filed.pk)
    filed.contract = contract
    if why := why_not_assess(by, contract):
        raise Refused(why)
    if filed.state not in STANDING:
        raise Refused(f"This return is now: {filed.get_state_display().lower()}. Only one that stands is rated")
    held = {one.kpi_id: one for one in filed.kpi_ratings.select_for_update(no_key=True)}
    _check_versions(given, held)
    if reasons := _wrong(filed, given, held):
        raise Refused(reasons)
    changed = [one for one in given if one.rating and _differs(one, held.get(one.kpi_id))]
    saved = [_save(filed, one, held.get(one.kpi_id), by, now) for one in changed]
    if saved:
        new = {one.kpi_id: rating_labels(filed)[one.rating] for one in saved}
        record("reporting.return.kpis_rated", target=filed, by=by, new=new)
        reconsider(contract, now=now)
        _tell(filed, now)
    return saved


def _check_versions(given: Sequence[Rated], held: dict[str, KpiRating]) -> None:
    for one in given:
        saved = held.get(one.kpi_id)
        if saved and saved.version != one.version:
            raise StaleWrite(saved)


def _wrong(filed: Return, given: Sequence[Rated], held: dict[str, KpiRating]) -> list[Reason]:
    known, codes = {one.kpi_id: one.title for one in indicators_of(filed)}, rating_labels(filed)
    reasons = []
    for place, one in enumerate(given):
        if one.kpi_id not in known:
            reasons.append(Reason(f"The return has no indicator {one.kpi_id[:40]}"))
        elif one.rating not in codes and (one.rating or one.comment or one.kpi_id in held):
            reasons.append(Reason(f"Choose a rating for {known[one.kpi_id]}", f"rating_{place}"))
    return reasons


def _differs(one: Rated, saved: KpiRating | None) -> bool:
    return saved is None or (saved.rating, saved.comment) != (one.rating, one.comment.strip())


def _save(filed: Return, one: Rated, saved: KpiRating | None, by: User, now: datetime) -> KpiRating:
    facts = {"rating": one.rating, "comment": one.comment.strip()[:1000], "rated_by": by, "rated_at": now}
    if saved is None:
        return KpiRating.objects.create(filed=filed, kpi_id=one.kpi_id, **facts)
    for name, value in facts.items():
        setattr(saved, name, value)
    saved.bump_version().save()
    return saved


def _tell(filed: Return, now: datetime) -> None:
    tell(
        kind=Kind.REPORT,
        subject=f"Indicators rated: {filed}",
        body=f"{filed.contract.buyer} has rated the indicators of your return for {filed.period_words}.",
        recipients=people_of(filed.supplier, *WRITERS),
        path=reverse("reporting:kpi-rate", args=[filed.public_id]),
        link_text="See the ratings",
        reason=f"You write for {filed.supplier}.",
        dedupe_key=f"kpis-rated-{filed.public_id}-{now.isoformat()}",
    )
