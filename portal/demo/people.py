"""The demo's people and organisations, made through the same actions as anybody's."""

from __future__ import annotations

import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from django.utils import timezone

from portal.accounts.models import User
from portal.demo.accounts import ACCOUNTS, PASSWORD, TOTP_SECRET, Account
from portal.organisations.actions import Details, register_organisation, verify_organisation
from portal.organisations.choices import Kind, Scheme
from portal.organisations.models import Membership, Organisation
from techmap.actions import (
    Depth,
    review_profile,
    save_about,
    save_accreditation,
    save_capabilities,
    save_contact,
    save_delivery,
    save_framework_place,
    save_kind,
    save_levels,
)
from techmap.models import Capability, Framework, SupplierProfile

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
            Membership.objects.create(organisation=organisation, user=make_person(account), role=account.membership)
    return organisation


def make_profile(supplier: Organisation, entry: dict[str, Any], *, now: datetime) -> None:
    """What the supplier says of itself, section by section, saved by its owner and reviewed some days ago."""
    owner, codes = owner_of(supplier), {claim["code"]: claim for claim in entry["capabilities"]}
    capabilities = Capability.objects.filter(code__in=codes)
    depths = {
        item.pk: Depth(level=codes[item.code].get("level", ""), since=codes[item.code].get("since"))
        for item in capabilities
    }
    save_about(
        organisation=supplier,
        version=0,
        summary=entry["summary"],
        description=entry["description"],
        technologies=entry["technologies"],
        links=[f"https://www.{entry['domain']}/work"],
        by=owner,
    )
    save_capabilities(organisation=supplier, version=1, capabilities=capabilities, by=owner)
    save_levels(organisation=supplier, version=2, depths=depths, by=owner, now=now)
    save_delivery(
        organisation=supplier, version=3, regions_served=entry["regions_served"], sectors=entry["sectors"], by=owner
    )
    save_kind(organisation=supplier, version=4, is_vcse=entry.get("vcse", False), by=owner)
    make_rows(supplier, entry, by=owner, now=now)
    if "reviewed" in entry:
        make_review(supplier, by=owner, now=now - timedelta(days=entry["reviewed"]))


def make_rows(supplier: Organisation, entry: dict[str, Any], *, by: User, now: datetime) -> None:
    """Accreditations, places on frameworks, and contacts. Days of expiry count from today, past ones below 0."""
    today = timezone.localdate(now)
    for held in entry.get("accreditations", []):
        save_accreditation(
            organisation=supplier,
            kind=held["kind"],
            number=held.get("number", ""),
            issued_by=held.get("issued_by", ""),
            expires_on=today + timedelta(days=held["expires"]) if "expires" in held else None,
            submission_key=uuid4(),
            by=by,
        )
    for place in entry.get("frameworks", []):
        framework = Framework.objects.get(code=place["code"])
        lots = [lot for lot in framework.lots if lot.startswith(tuple(f"Lot {name}:" for name in place["lots"]))]
        save_framework_place(organisation=supplier, framework=framework, lots=lots, submission_key=uuid4(), by=by)
    for contact in entry.get("contacts", []):
        save_contact(
            organisation=supplier,
            role=contact["role"],
            name=contact["name"],
            email=f"{contact['mailbox']}@{entry['domain']}",
            telephone=contact.get("telephone", ""),
            submission_key=uuid4(),
            by=by,
        )


def make_review(supplier: Organisation, *, by: User, now: datetime) -> None:
    """The supplier reviewed its profile then; its claims are no younger than the review."""
    profile = SupplierProfile.objects.get(organisation=supplier)
    profile.claims.update(claimed_at=now)
    review_profile(organisation=supplier, version=profile.version, by=by, now=now)


def owner_of(organisation: Organisation) -> User:
    return organisation.memberships.select_related("user").get(role="owner").user
