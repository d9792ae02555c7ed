"""What accepted assessments and returns say of a supplier: ratings and prices."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import models, transaction

from portal.audit.actions import record
from portal.organisations.models import Organisation
from portal.refusals import Refused
from techmap.models import Capability, Price, Rating

if TYPE_CHECKING:
    from portal.accounts.models import User

Priced = tuple[str, str]  # what, and the unit that the price is for
LARGEST_AMOUNT = Decimal("999999999999.99")  # pounds; what the column holds


@transaction.atomic
def record_rating(
    *,
    supplier: Organisation,
    source: str,
    what: str,
    grade: str,
    dated: date,
    rated_by: str,
    capability: Capability | None = None,
    url: str = "",
    by: User | None = None,
) -> Rating:
    """Keep one rating of an accepted assessment. Saying it twice keeps it once; a correction replaces it.

    `source` names the assessment, `what` the thing rated, `grade` is in the assessment's own words.
    """
    _check(supplier, "rated")
    if url and not url.startswith(("https://", "http://")):
        raise Refused(f"The address of the assessment must begin with https:// or http://, not “{url[:30]}”.")
    facts = {
        "grade": grade[:40],
        "dated": dated,
        "rated_by": rated_by[:200],
        "capability": capability,
        "url": url,
    }
    key = {"supplier": supplier, "source": source, "what": what[:150]}
    rating, old, new = _keep(key, facts)
    if new:
        record("techmap.rating.recorded", target=supplier, by=by, old=old, new={"source": source, "what": what} | new)
    return rating


@transaction.atomic
def record_prices(
    *, supplier: Organisation, source: str, dated: date, prices: Mapping[Priced, Decimal], by: User | None = None
) -> int:
    """Keep the prices of one accepted return in place of those that it said before. Returns how many changed.

    `prices` are in GBP for one unit, excluding VAT, by what is priced and its unit. Where a correction no longer
    says one, it goes. Saying the same again writes nothing.
    """
    _check(supplier, "priced")
    wanted = {(what[:150], unit[:20]): _checked_price(what, amount) for (what, unit), amount in prices.items()}
    Organisation.objects.locked(supplier.pk)  # two that say it at once wait for one another
    known = {(row.what, row.unit): row for row in Price.objects.filter(supplier=supplier, source=source)}
    gone = [row for key, row in known.items() if key not in wanted]
    changed = {key: amount for key, amount in wanted.items() if key not in known or known[key].amount != amount}
    old = [str(known[key]) for key in changed if key in known] + [str(row) for row in gone]
    Price.objects.filter(pk__in=[row.pk for row in gone]).delete()
    rows = [
        Price(supplier=supplier, source=source, what=what, unit=unit, amount=amount, dated=dated)
        for (what, unit), amount in changed.items()
    ]
    Price.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["supplier", "source", "what", "unit"],
        update_fields=["amount", "dated"],
    )
    if rows or gone:
        new = {"source": source, "said": [str(row) for row in rows]}
        record("techmap.prices.recorded", target=supplier, by=by, old={"said": old} if old else {}, new=new)
    return len(rows) + len(gone)


def _checked_price(what: str, amount: Decimal) -> Decimal:
    if amount < 0:
        raise Refused(f"The price of {what[:150]} must be nought or more.")
    if amount > LARGEST_AMOUNT:
        raise Refused(f"The price of {what[:150]} must be £{LARGEST_AMOUNT:,} or less.")
    return amount.quantize(Decimal("0.01"))


@transaction.atomic
def withdraw_ratings(*, source: str, keep: Collection[str] = (), reason: str, by: User | None = None) -> int:
    """Take back the ratings of one assessment, without those of what is named in `keep`. Returns how many."""
    rows = Rating.objects.filter(source=source).exclude(what__in=keep)
    return _withdraw(rows, "techmap.rating.withdrawn", reason, by)


@transaction.atomic
def withdraw_prices(*, source: str, reason: str, by: User | None = None) -> int:
    """Take back the prices of one return. Returns how many."""
    return _withdraw(Price.objects.filter(source=source), "techmap.prices.withdrawn", reason, by)


def _withdraw(rows: models.QuerySet[Any], name: str, reason: str, by: User | None) -> int:
    """Delete them, whoever they stand with now; one audit row for each supplier and source."""
    taken: dict[tuple[int, str], list[str]] = {}
    for row in rows.order_by("what").select_for_update():
        taken.setdefault((row.supplier_id, row.source), []).append(str(row))
    suppliers = Organisation.objects.in_bulk({pk for pk, _ in taken})
    rows.delete()
    for (pk, source), words in taken.items():
        supplier = suppliers[pk]
        record(name, target=supplier, by=by, old={"source": source, "said": words}, note=reason)
    return sum(map(len, taken.values()))


def _check(supplier: Organisation, done: str) -> None:
    if not supplier.is_supplier:
        raise Refused(f"{supplier} is not a supplier, so there is nothing that could be {done}.")


def _keep(key: dict[str, Any], facts: dict[str, Any]) -> tuple[Rating, dict[str, Any], dict[str, Any]]:
    """The rating with these facts, and what of it changed, before and after: nothing where it was said before.

    Two that say it at once wait for one another at the supplier.
    """
    Organisation.objects.locked(key["supplier"].pk)
    row = Rating.objects.filter(**key).first()
    is_new = row is None
    if row is None:
        row = Rating.objects.create(**key, **facts)
    before = {} if is_new else {name: getattr(row, name) for name in facts}
    changed = [name for name in facts if is_new or before[name] != facts[name]]
    if before and changed:
        for name in changed:
            setattr(row, name, facts[name])
        row.save(update_fields=changed)
    old = {name: _plain(before[name]) for name in changed if before}
    return row, old, {name: _plain(facts[name]) for name in changed}


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, models.Model) else value
