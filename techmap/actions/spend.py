"""Published lines of spend as evidence, many at a time, by the rules of `record_evidence`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Count

from portal.audit.actions import record
from portal.organisations.models import Organisation
from portal.refusals import Refused
from techmap.actions.claims import guess_claims
from techmap.actions.evidence import LARGEST_VALUE
from techmap.choices import EvidenceKind
from techmap.models import Capability, CapabilityClaim, Evidence, OtherName
from techmap.names import fold_name
from techmap.search import index

if TYPE_CHECKING:
    from portal.accounts.models import User

# A guess at one line is often wrong. It becomes a guessed claim where customers or months agree on it.
CUSTOMERS_THAT_AGREE = 2
MONTHS_THAT_AGREE = 3


@dataclass(frozen=True)
class SpendLine:
    """What a public body paid a supplier, as one line of a published list has it. The value is above nought."""

    supplier: int
    supplier_name: str
    source: str
    title: str
    dated: date
    value: Decimal
    buyer: int | None = None
    buyer_name: str = ""
    capabilities: tuple[int, ...] = ()  # guessed from the words


@dataclass(frozen=True)
class Recorded:
    """How much was written."""

    evidence: int
    claims: int
    other_names: int


@transaction.atomic
def record_spend(*, lines: Sequence[SpendLine], by: User | None = None) -> Recorded:
    """Write the lines that are new, each once however often it is said; one event for each supplier.

    The suppliers are locked in the order of their numbers. Capabilities are guesses, marked as such.
    Raises `Refused` for an organisation that is no supplier and for a value that is none.
    """
    pks = sorted({line.supplier for line in lines})
    suppliers = {
        it.pk: it for it in Organisation.objects.filter(pk__in=pks).order_by("pk").select_for_update(no_key=True)
    }
    _check(lines, suppliers)
    known = {
        *Evidence.objects.filter(kind=EvidenceKind.SPEND, supplier__in=pks)
        .filter(source__in=[line.source for line in lines])
        .values_list("supplier", "source")
    }
    fresh = [line for line in lines if (line.supplier, line.source) not in known]
    rows = Evidence.objects.bulk_create((row for line in fresh for row in _rows(line)), batch_size=1_000)
    by_supplier: dict[int, list[SpendLine]] = defaultdict(list)
    for line in fresh:
        by_supplier[line.supplier].append(line)
    with index.gathered():
        names = _keep_spellings(fresh, suppliers)
        claims = _guess(by_supplier.keys(), suppliers, by)
        for pk, its in by_supplier.items():
            _record(suppliers[pk], its, by)
        index.refresh(by_supplier)
    return Recorded(len(rows), claims, names)


def _check(lines: Iterable[SpendLine], suppliers: dict[int, Organisation]) -> None:
    for supplier in suppliers.values():
        if not supplier.is_supplier:
            raise Refused(f"{supplier} is not a supplier, so there is nothing to bear out.")
    for line in lines:
        if line.supplier not in suppliers:
            raise Refused(f"{line.source}: there is no such supplier.")
        if not 0 < line.value <= LARGEST_VALUE:
            raise Refused(f"{line.source}: the value of the evidence must be a sum above nought.")


def _rows(line: SpendLine) -> Iterable[Evidence]:
    for capability in line.capabilities or (None,):
        yield Evidence(
            supplier_id=line.supplier,
            capability_id=capability,
            kind=EvidenceKind.SPEND,
            source=line.source,
            title=line.title[:300],
            dated=line.dated,
            is_guessed=capability is not None,
            value=line.value,
            buyer_id=line.buyer,
            buyer_name=line.buyer_name[:200],
        )


def _keep_spellings(lines: Iterable[SpendLine], suppliers: dict[int, Organisation]) -> int:
    """Each way of writing a supplier's name that is not its own stands as another name of it."""
    spelt = {(line.supplier, line.supplier_name): line.source for line in lines}
    known = {*OtherName.objects.filter(supplier__in=suppliers).values_list("supplier", "name")}
    new = [
        OtherName(supplier_id=pk, name=name, folded=fold_name(name), source=source)
        for (pk, name), source in spelt.items()
        if name != suppliers[pk].name and (pk, name) not in known
    ]
    return len(OtherName.objects.bulk_create(new))


def _guess(pks: Iterable[int], suppliers: dict[int, Organisation], by: User | None) -> int:
    """Guess a claim where two customers or three months agree; what a supplier has or removed stays so."""
    agreed: dict[int, list[int]] = defaultdict(list)
    spend = Evidence.objects.filter(supplier__in=pks, kind=EvidenceKind.SPEND, capability__isnull=False).order_by()
    counted = spend.values("supplier", "capability").annotate(
        customers=Count("buyer_name", distinct=True), months=Count("dated", distinct=True)
    )
    for row in counted:
        if row["customers"] >= CUSTOMERS_THAT_AGREE or row["months"] >= MONTHS_THAT_AGREE:
            agreed[row["supplier"]].append(row["capability"])
    for pk, capability in CapabilityClaim.objects.filter(profile__organisation__in=agreed).values_list(
        "profile__organisation", "capability"
    ):
        if capability in agreed[pk]:
            agreed[pk].remove(capability)
    capabilities = Capability.objects.in_bulk({pk for wanted in agreed.values() for pk in wanted})
    return sum(
        len(guess_claims(supplier=suppliers[pk], capabilities=[capabilities[it] for it in wanted], by=by))
        for pk, wanted in sorted(agreed.items())
        if wanted
    )


def _record(supplier: Organisation, lines: Sequence[SpendLine], by: User | None) -> None:
    total = sum((line.value for line in lines), Decimal())
    new = {"kind": EvidenceKind.SPEND, "source": lines[0].source, "lines": len(lines), "value": str(total)}
    record("techmap.evidence.recorded", target=supplier, by=by, new=new)
