"""Publishing a contract, changing what is held back, and taking it back: decisions of its buyer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction

from portal.audit.actions import record
from portal.notifications.actions import tell
from portal.notifications.choices import Kind
from portal.organisations.permissions import WRITERS
from portal.organisations.queries import people_of
from portal.records import sent_before
from portal.refusals import Reason, Refused
from reporting.actions.evidence import retell_in_private, retell_in_public
from reporting.actions.open_data import withdraw_open_files
from reporting.actions.releases import tell_releases
from reporting.actions.told import take_back_told, tell_all
from reporting.models import Contract, Publication, Redaction
from reporting.permissions import can_edit_contract, why_not_publish, why_not_take_back
from reporting.publication.places import HeldBack, why_not_hold
from reporting.queries.public import newest_decision, standard_of_contract

if TYPE_CHECKING:
    from portal.accounts.models import User


@transaction.atomic
def publish_contract(
    *, contract: Contract, held_back: Sequence[HeldBack], version: int, submission_key: UUID, by: User, now: datetime
) -> Publication:
    """Show the contract and its accepted returns to everybody, but for what is held back. The same form sent twice
    decides once.

    Deciding again changes what is held back. Raises `Refused` for a draft, a body that is not verified, something
    held back without a reason, and something that could be worked out from what is shown; `StaleWrite` where a
    colleague was faster.
    """
    contract = _locked(contract, by)
    if again := sent_before(contract.publications.all(), submission_key):
        return again
    contract.check_version(version)
    if why := why_not_publish(contract):
        raise Refused(why)
    if reasons := list(why_not_hold(held_back, standard_of_contract(contract))):
        raise Refused(reasons)
    before = newest_decision(contract)
    decision = Publication.objects.create(
        contract=contract,
        is_published=True,
        begins_anew=_begins_anew(before, held_back),
        submission_key=submission_key,
        by=by,
        at=now,
    )
    Redaction.objects.bulk_create(
        Redaction(publication=decision, table=one.table, field=one.field, ground=one.ground, reason=one.reason.strip())
        for one in held_back
    )
    was_public, contract.is_published = contract.is_published, True
    if was_public and decision.begins_anew:
        withdraw_open_files()
    contract.bump_version().save()
    held = sorted(f"{one.table}.{one.field}" if one.field else one.table for one in held_back)
    record("reporting.contract.published", target=contract, by=by, new={"held_back": held})
    if not was_public:
        retell_in_public(contract, by)
        _tell_supplier(contract, decision)
    tell_all(contract, by)
    tell_releases(contract=contract, now=now)
    return decision


def _begins_anew(before: Publication | None, held_back: Sequence[HeldBack]) -> bool:
    """Whether releases of before would show what is held back now."""
    if before is None or not before.is_published:
        return True
    hidden = {(one.table, one.field) for one in before.redactions.all()}
    return any(one.place not in hidden and (one.table, "") not in hidden for one in held_back)


@transaction.atomic
def take_back_contract(*, contract: Contract, reason: str, version: int, by: User, now: datetime) -> Publication:
    """Show it to nobody but its parties again. A page with the reason stays; copies that others took are out."""
    contract = _locked(contract, by)
    contract.check_version(version)
    if why := why_not_take_back(contract):
        raise Refused(why)
    if not reason.strip():
        raise Refused([Reason("Enter the reason that the page will show", "reason")])
    decision = Publication.objects.create(contract=contract, is_published=False, reason=reason.strip(), by=by, at=now)
    withdraw_open_files()
    contract.is_published = False
    contract.bump_version().save()
    retell_in_private(contract, by)
    take_back_told(contract, by)
    record("reporting.contract.taken_back", target=contract, by=by, new={"reason": decision.reason})
    _tell_supplier(contract, decision)
    return decision


def _locked(contract: Contract, by: User) -> Contract:
    contract = Contract.objects.locked_after_supplier(contract.pk)
    if not can_edit_contract(by, contract):
        raise PermissionDenied
    return contract


def _tell_supplier(contract: Contract, decision: Publication) -> None:
    if decision.is_published:
        subject = f"A contract with {contract.buyer} is now public: {contract}"
        body = f"{contract.buyer} has published contract {contract.number} and its accepted returns. "
        body += "See what the public sees, and write to the buyer where something should be held back."
    else:
        subject = f"A contract with {contract.buyer} is no longer public: {contract}"
        body = f"{contract.buyer} has taken contract {contract.number} back from publication:\n\n{decision.reason}"
    tell(
        kind=Kind.REPORT,
        subject=subject,
        body=body,
        recipients=people_of(contract.supplier, *WRITERS),
        path=contract.get_absolute_url(),
        link_text="See the contract",
        reason=f"You write for {contract.supplier}.",
        dedupe_key=f"publication-{decision.pk}",
    )
