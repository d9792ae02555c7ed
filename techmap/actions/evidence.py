"""Dated facts that bear a supplier's claims out, from outside its own words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction

from portal.audit.actions import record
from portal.organisations.models import Organisation
from portal.records import Region
from portal.refusals import Refused
from techmap.choices import EvidenceKind
from techmap.models import Capability, Evidence
from techmap.search import index

if TYPE_CHECKING:
    from portal.accounts.models import User

LARGEST_VALUE = Decimal("99999999999999.99")  # pounds; what the column holds
# What a later telling of the same evidence may still fill in. What is there already, it leaves alone.
COMPLETED_LATER = ("url", "value", "buyer", "buyer_name", "region")


@transaction.atomic
def record_evidence(
    *,
    supplier: Organisation,
    kind: str,
    source: str,
    title: str,
    dated: date,
    capabilities: Iterable[Capability],
    url: str = "",
    guessed: bool = False,
    value: Decimal | None = None,
    buyer: Organisation | None = None,
    buyer_name: str = "",
    region: str = "",
    renews: bool = False,
    by: User | None = None,
) -> list[Evidence]:
    """Write one row for each capability, or one without where none is known. Saying it twice writes once.

    `source` is what it can be looked up by (an OCID, the reference of a return). `value` is in GBP,
    excluding VAT, of the whole contract. Where the same evidence was a guess and now is not, it stops
    being one; where its value, buyer, region or address was blank, it is filled in; where it `renews`, a
    later date takes the place of the one that stands. A long title is cut at 300 characters. Raises
    `Refused` for an organisation that is no supplier, an address that is not a web one, and a value that is none.
    """
    _check(supplier, url, value, region)
    facts = {
        "title": title[:300],
        "dated": dated,
        "url": url,
        "is_guessed": guessed,
        "value": value,
        "buyer": buyer,
        "buyer_name": (buyer_name or str(buyer or ""))[:200],
        "region": region,
    }
    wanted: list[Capability | None] = list(dict.fromkeys(capabilities)) or [None]
    rows = _rows(supplier, EvidenceKind(kind), source, wanted, facts)
    pks = [row.pk for row, _ in rows]
    firm = [] if guessed else [row for row, is_new in rows if not is_new and row.is_guessed]
    Evidence.objects.filter(pk__in=[row.pk for row in firm]).update(is_guessed=False)
    completed = _complete([row for row, is_new in rows if not is_new], facts, renews=renews)
    said = [row for row, is_new in rows if is_new] + firm
    if said or completed:
        names = [str(row.capability) for row in said if row.capability]
        new = {"kind": kind, "source": source, "capabilities": names, "guessed": guessed}
        record("techmap.evidence.recorded", target=supplier, by=by, new=new | ({"value": value} if value else {}))
        index.refresh([supplier.pk])
    return list(Evidence.objects.filter(pk__in=pks))


def _check(supplier: Organisation, url: str, value: Decimal | None, region: str) -> None:
    if not supplier.is_supplier:
        raise Refused(f"{supplier} is not a supplier, so there is nothing to bear out.")
    if url and not url.startswith(("https://", "http://")):
        raise Refused(f"The address of the evidence must begin with https:// or http://, not “{url[:30]}”.")
    if value is not None and not 0 < value <= LARGEST_VALUE:
        raise Refused("The value of the evidence must be a sum above nought, or left out.")
    if region and region not in Region.values:
        raise Refused(f"“{region[:10]}” is none of the regions.")


def _rows(
    supplier: Organisation, kind: str, source: str, wanted: list[Capability | None], facts: dict[str, Any]
) -> list[tuple[Evidence, bool]]:
    """The row of each capability, and whether it was written just now. One query where all are known."""
    same = Evidence.objects.filter(supplier=supplier, kind=kind, source=source)
    known = {row.capability_id: row for row in same.select_related("capability")}
    rows = []
    for item in wanted:
        row, is_new = known.get(item.pk if item else None), False
        if row is None:
            row, is_new = Evidence.objects.get_or_create(
                supplier=supplier, capability=item, kind=kind, source=source, defaults=facts
            )
        rows.append((row, is_new))
    return rows


def _complete(rows: list[Evidence], facts: dict[str, Any], *, renews: bool) -> bool:
    """Fill in what was blank of rows that were there, and move their date on. Returns whether anything changed."""
    completed = False
    for row in rows:
        missing = [name for name in COMPLETED_LATER if facts[name] and not getattr(row, name)]
        if renews and facts["dated"] > row.dated:
            missing.append("dated")
        if missing:
            for name in missing:
                setattr(row, name, facts[name])
            row.save(update_fields=missing)
            completed = True
    return completed


@transaction.atomic
def withdraw_evidence(*, kind: str, source: str, reason: str, by: User | None = None) -> int:
    """Take back evidence that no longer holds, whoever it stands with now. Returns how many rows it was."""
    rows = list(Evidence.objects.select_for_update().filter(kind=EvidenceKind(kind), source=source))
    suppliers = Organisation.objects.in_bulk({row.supplier_id for row in rows})
    names = dict(Capability.objects.filter(evidence__in=rows).values_list("pk", "name"))
    Evidence.objects.filter(pk__in=[row.pk for row in rows]).delete()
    for pk, supplier in suppliers.items():
        taken = [row for row in rows if row.supplier_id == pk]
        old = {
            "kind": kind,
            "source": source,
            "title": taken[0].title,
            "dated": taken[0].dated,
            "capabilities": sorted(names[row.capability_id] for row in taken if row.capability_id),
        }
        record("techmap.evidence.withdrawn", target=supplier, by=by, old=old, note=reason)
    if suppliers:
        index.refresh(suppliers)
    return len(rows)
