"""Dated facts that bear a supplier's claims out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from django.db import transaction

from portal.audit.actions import record
from portal.organisations.models import Organisation
from portal.refusals import Refused
from techmap.models import Capability, Evidence

if TYPE_CHECKING:
    from portal.accounts.models import User


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
    by: User | None = None,
) -> list[Evidence]:
    """Write one row for each capability, or one without where none is known. Saying it twice writes once.

    `source` is what it can be looked up by (an OCID, the reference of a return). Where the same
    evidence was a guess and now is not, it stops being one. A long title is cut at 300 characters.
    Raises `Refused` for an organisation that is no supplier, and for an address that is not a web one.
    """
    if not supplier.is_supplier:
        raise Refused(f"{supplier} is not a supplier, so there is nothing to bear out.")
    if url and not url.startswith(("https://", "http://")):
        raise Refused(f"The address of the evidence must begin with https:// or http://, not “{url[:30]}”.")
    wanted: list[Capability | None] = list(dict.fromkeys(capabilities)) or [None]
    facts = {"title": title[:300], "dated": dated, "url": url, "is_guessed": guessed}
    rows = [
        Evidence.objects.get_or_create(supplier=supplier, capability=item, kind=kind, source=source, defaults=facts)
        for item in wanted
    ]
    firm = [row for row, is_new in rows if not is_new and row.is_guessed and not guessed]
    Evidence.objects.filter(pk__in=[row.pk for row in firm]).update(is_guessed=False)
    fresh = [row for row, is_new in rows if is_new]
    if fresh or firm:
        names = [str(row.capability) for row in [*fresh, *firm] if row.capability]
        new = {"kind": kind, "source": source, "capabilities": names, "guessed": guessed}
        record("techmap.evidence.recorded", target=supplier, by=by, new=new)
    return list(Evidence.objects.filter(pk__in=[row.pk for row, _ in rows]))
