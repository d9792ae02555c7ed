"""The demo's people and organisations, made through the same actions as anybody's."""

from __future__ import annotations

import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP

from portal.accounts.models import User
from portal.demo.accounts import ACCOUNTS, PASSWORD, TOTP_SECRET, Account
from portal.organisations.actions import (
    Details,
    accept_invitation,
    invite_member,
    register_organisation,
    verify_organisation,
)
from portal.organisations.choices import Kind, Scheme
from portal.organisations.models import Organisation
from techmap.actions.profiles import save_profile
from techmap.models import Capability

DATA = Path(__file__).parent / "data"


def read(name: str) -> dict[str, list[dict[str, Any]]]:
    """One of the demo's data files."""
    return tomllib.loads((DATA / name).read_text())


def make_person(account: Account) -> User:
    """A person whose address is verified; those who need a second step hold the demo's secret."""
    user = User.objects.create_user(
        account.email, PASSWORD, name=account.name, is_staff=account.is_staff, is_superuser=account.is_staff
    )
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    if account.needs_code:
        TOTP.activate(user, TOTP_SECRET)
    return user


def owner_account(entry: dict[str, Any]) -> Account:
    """Each organisation's owner: the listed one, else a shared mailbox of the organisation."""
    for account in ACCOUNTS:
        if account.organisation == entry["name"] and account.membership == "owner":
            return account
    return Account("Owner", "Digital team", f"digital@{entry['domain']}", entry["name"], "owner")


def make_organisation(entry: dict[str, Any], kind: Kind, *, admin: User, now: datetime) -> Organisation:
    """Register the organisation by its owner, verify it by the admin, and let its other people join."""
    owner = make_person(owner_account(entry))
    street, town, postcode = entry["address"]
    scheme = Scheme.PPON if kind == Kind.PUBLIC_BODY else Scheme.COH
    organisation = register_organisation(
        kind=kind,
        details=Details(
            name=entry["name"],
            street_address=street,
            locality=town,
            postal_code=postcode,
            region=entry["region"],
            size=entry.get("size", ""),
            website=f"https://www.{entry['domain']}/",
        ),
        identifiers={scheme: entry["ppon" if kind == Kind.PUBLIC_BODY else "coh"]},
        submission_key=uuid4(),
        by=owner,
        now=now,
    )
    organisation = verify_organisation(organisation=organisation, by=admin, now=now)
    for account in ACCOUNTS:
        if account.organisation == entry["name"] and account.membership != "owner":
            let_in(make_person(account), organisation, role=account.membership, by=owner, now=now)
    return organisation


def let_in(person: User, organisation: Organisation, *, role: str, by: User, now: datetime) -> None:
    """Invited by the owner, and accepted."""
    invitation = invite_member(
        organisation=organisation, email=person.email, role=role, submission_key=uuid4(), by=by, now=now
    )
    accept_invitation(invitation=invitation, by=person, now=now)


def make_profile(supplier: Organisation, entry: dict[str, Any]) -> None:
    """What the supplier says of itself, saved by its owner."""
    save_profile(
        organisation=supplier,
        version=0,
        summary=entry["summary"],
        description=entry["description"],
        regions_served=entry["regions_served"],
        links=[f"https://www.{entry['domain']}/work"],
        capabilities=Capability.objects.filter(code__in=entry["capabilities"]),
        by=owner_of(supplier),
    )


def owner_of(organisation: Organisation) -> User:
    return organisation.memberships.select_related("user").get(role="owner").user
