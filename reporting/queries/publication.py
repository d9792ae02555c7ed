"""What is held back from the public of a contract that is published, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db.models import Prefetch, Q, QuerySet

from portal.organisations.models import Organisation
from portal.organisations.permissions import is_portal_staff
from reporting.models import Contract, Publication, Redaction

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User

Place = tuple[str, str]  # a table of the standard, and a field of it; "" where the whole table is meant

# Columns of a return that are worked out from its lines: they are held back with any of these.
FIGURES: dict[str, tuple[Place, ...]] = {
    "build_spend": (("spend", "amount"), ("spend", "cost_stage")),
    "run_spend": (("spend", "amount"), ("spend", "cost_stage")),
    "sme_paid": (("subcontractor", "paid_in_period"), ("subcontractor", "scale")),
    "subcontractors_paid": (("subcontractor", "paid_in_period"),),
    "changes_agreed": (("change", "value_change"), ("change", "status")),
    "worst_slip_days": (("milestone", "baseline_due"), ("milestone", "forecast_due"), ("milestone", "met_on")),
    "kpis": (("kpi", "rating_supplier"),),
}


@dataclass(frozen=True)
class Redacted:
    """What the public does not see of one contract. Parties to it see everything, and don't ask."""

    reasons: Mapping[Place, str] = field(default_factory=dict)
    is_published: bool = True

    def hides(self, table: str, field: str = "") -> bool:
        """Whether the table, or this field of it, is held back. All is where the contract is not published."""
        return not self.is_published or (table, "") in self.reasons or (table, field) in self.reasons

    def reason(self, table: str, field: str = "") -> str:
        """Why, in the words that the public is shown; "" where it is not held back."""
        if not self.is_published:
            return "The contract is not published"
        return self.reasons.get((table, "")) or self.reasons.get((table, field), "")

    def hides_figure(self, column: str) -> bool:
        """Whether a column of a return, worked out or copied from its own row, is held back."""
        return any(self.hides(table, name) for table, name in FIGURES.get(column, (("return", column),)))

    @property
    def places(self) -> list[tuple[str, str, str]]:
        """Table, field and reason of each thing that is held back."""
        return [(table, name, reason) for (table, name), reason in sorted(self.reasons.items())]


def redacted(contract: Contract) -> Redacted:
    """By the newest decision of its buyer; a published contract without one, as imports are, hides nothing."""
    return redactions_of([contract])[contract.pk]


def redactions_of(contracts: Iterable[Contract]) -> dict[int, Redacted]:
    """The same for many, by contract's pk, in two queries."""
    contracts = list(contracts)
    newest = (
        Publication.objects.filter(contract__in=[one.pk for one in contracts])
        .order_by("contract_id", "-at", "-pk")
        .distinct("contract_id")
        .prefetch_related(Prefetch("redactions", Redaction.objects.order_by("table", "field")))
    )
    found = {one.contract_id: {(r.table, r.field): r.words for r in one.redactions.all()} for one in newest}
    return {one.pk: Redacted(found.get(one.pk, {}), one.is_published) for one in contracts}


def narrowing() -> QuerySet[Publication]:
    """Decisions that may hide what was public."""
    return Publication.objects.filter(Q(is_published=False) | Q(begins_anew=True))


def show_values(contracts: Sequence[Contract], user: User | AnonymousUser) -> None:
    """Set `shown_value` of each contract in a list: None where it is held back from this person. Three queries."""
    hidden = redactions_of(contracts)
    own: set[int] = set()
    if user.is_authenticated:
        own = set(Organisation.objects.of_user(user).values_list("pk", flat=True))
    for one in contracts:
        is_own = is_portal_staff(user) or one.buyer_id in own or one.supplier_id in own
        shows = is_own or not hidden[one.pk].hides("return", "current_value")
        one.shown_value = one.current_value if shows else None  # type: ignore[attr-defined]
