"""E-mail domains whose people may ask to join."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse

from portal.audit.actions import record
from portal.notifications.actions import tell
from portal.notifications.choices import Kind as Notice
from portal.organisations.domains import domain_of, normalise_domain
from portal.organisations.models import EmailDomain, Organisation
from portal.organisations.permissions import can_manage_members, is_portal_staff
from portal.organisations.queries import owners_of, verified_addresses_of
from portal.refusals import Reason, Refused

if TYPE_CHECKING:
    from portal.accounts.models import User


@transaction.atomic
def add_domain(*, organisation: Organisation, domain: str, is_trusted: bool, by: User) -> EmailDomain:
    """Let people at the domain ask to join, or join at once where it is trusted.

    The organisation is verified, the domain is its own (never a shared mail service's), and an owner
    adds only one at which they hold a verified address; staff may add any. Adding it twice adds it once.
    """
    organisation = Organisation.objects.locked(organisation.pk)
    if not can_manage_members(by, organisation):
        raise PermissionDenied
    domain = normalise_domain(domain)
    if mine := organisation.email_domains.filter(domain=domain).first():
        return mine
    if reasons := _wrong_with_adding(organisation, domain, by):
        raise Refused(reasons)
    # Another organisation may add it at this moment: then theirs stands and ours is refused.
    added, is_new = EmailDomain.objects.get_or_create(
        domain=domain, defaults={"organisation": organisation, "is_trusted": is_trusted}
    )
    if not is_new:
        raise Refused([_taken()])
    new = {"domain": domain, "is_trusted": is_trusted}
    _record_and_tell("added", organisation, by, new=new, words=f"added the e-mail domain {domain} to")
    return added


def _taken() -> Reason:
    return Reason("Another organisation already uses this domain. If it is yours, write to us", "domain")


def _wrong_with_adding(organisation: Organisation, domain: str, by: User) -> list[Reason]:
    reasons = []
    if not organisation.is_verified:
        reasons.append(Reason(f"{organisation} must be verified before it can add an e-mail domain"))
    if not is_portal_staff(by) and domain not in {domain_of(address) for address in verified_addresses_of(by)}:
        reasons.append(Reason("Enter the domain of one of your own verified e-mail addresses", "domain"))
    elif EmailDomain.objects.filter(domain=domain).exists():
        reasons.append(_taken())
    return reasons


def _locked(email_domain: EmailDomain, by: User) -> EmailDomain:
    organisation = Organisation.objects.locked(email_domain.organisation_id)
    if not can_manage_members(by, organisation):
        raise PermissionDenied
    email_domain = EmailDomain.objects.get(pk=email_domain.pk)
    email_domain.organisation = organisation
    return email_domain


@transaction.atomic
def set_domain_trust(*, email_domain: EmailDomain, is_trusted: bool, by: User) -> EmailDomain:
    """Decide whether people at the domain join at once (as viewers) or wait for an owner."""
    email_domain = _locked(email_domain, by)
    if email_domain.is_trusted == is_trusted:
        return email_domain
    email_domain.is_trusted = is_trusted
    email_domain.save(update_fields=["is_trusted"])
    effect = "join at once" if is_trusted else "wait for an owner"
    _record_and_tell(
        "trust_changed",
        email_domain.organisation,
        by,
        old={"domain": email_domain.domain, "is_trusted": not is_trusted},
        new={"domain": email_domain.domain, "is_trusted": is_trusted},
        words=f"decided that people at {email_domain.domain} {effect} when they ask to join",
    )
    return email_domain


@transaction.atomic
def remove_domain(*, email_domain: EmailDomain, by: User) -> None:
    """Nobody may ask to join by this domain any more. Who joined by it stays."""
    email_domain = _locked(email_domain, by)
    old = {"domain": email_domain.domain, "is_trusted": email_domain.is_trusted}
    email_domain.delete()
    words = f"removed the e-mail domain {email_domain.domain} from"
    _record_and_tell("removed", email_domain.organisation, by, old=old, words=words)


def _record_and_tell(
    event: str,
    organisation: Organisation,
    by: User,
    *,
    words: str,
    old: dict[str, Any] | None = None,
    new: dict[str, Any] | None = None,
) -> None:
    record(f"organisations.email_domain.{event}", target=organisation, by=by, old=old, new=new)
    tell(
        kind=Notice.ORGANISATION,
        subject=f"An e-mail domain of {organisation} was changed",
        body=f"{by} {words} {organisation}.",
        recipients=owners_of(organisation).exclude(pk=by.pk),
        path=reverse("organisations:domain-list", args=[organisation.pk]),
        link_text="See its domains",
        reason=f"You are an owner of {organisation}.",
    )
