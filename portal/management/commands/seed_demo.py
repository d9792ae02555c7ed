"""`manage.py seed_demo`: fill an empty portal with the demo's fictional organisations and requests."""

from __future__ import annotations

from datetime import datetime
from itertools import chain
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone
from tqdm import tqdm

from portal.accounts.models import User
from portal.demo.accounts import ACCOUNTS, PASSWORD, TOTP_SECRET
from portal.demo.dens import make_dens
from portal.demo.evidence import Proof
from portal.demo.people import make_organisation, make_person, make_profile, read
from portal.demo.pilots import make_pilots
from portal.demo.reporting import make_reporting
from portal.demo.requests import Story
from portal.demo.shortlists import make_shortlist
from portal.organisations.choices import Kind
from portal.organisations.models import Organisation
from techmap.models import Capability, Framework


class Command(BaseCommand):
    help = "Fill an empty portal with fictional organisations and requests; --accounts lists who can sign in."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--accounts", action="store_true", help="print the demo's accounts and do nothing else")

    def handle(self, *args: Any, accounts: bool, **options: Any) -> None:
        if accounts:
            self.stdout.write(accounts_table())
        elif User.objects.exists():
            raise CommandError("The demo's data goes into an empty portal, and this one has people already.")
        elif not (Capability.objects.exists() and Framework.objects.exists()):
            raise CommandError("Run load_capabilities and load_frameworks first: the demo's suppliers name both.")
        else:
            self.seed()

    @transaction.atomic
    def seed(self) -> None:
        """All of it or nothing, with a progress bar."""
        now = timezone.now()
        people, requests = read("organisations.toml"), read("requests.toml")["request"]
        evidence, shortlists = read("evidence.toml")["supplier"], read("shortlists.toml")["shortlist"]
        contracts, dens = read("reporting.toml")["contract"], read("dens.toml")
        told = [*people.values(), requests, evidence, shortlists, contracts, dens["den"], dens["pilot"]]
        total = sum(map(len, told))
        with tqdm(total=total, desc="Example data", unit="", disable=None) as bar:
            organisations = make_organisations(people, now, bar)
            for entry in evidence:
                Proof(entry, organisations, now).tell()
                bar.update()
            for entry in requests:
                Story(entry, organisations, now).tell()
                bar.update()
            for entry in shortlists:
                make_shortlist(entry, organisations, now)
                bar.update()
            for _ in chain(make_reporting(organisations, now), make_dens(organisations, now), make_pilots(now)):
                bar.update()


def make_organisations(people: dict[str, list[dict[str, Any]]], now: datetime, bar: Any) -> dict[str, Organisation]:
    """Public bodies, and suppliers with their profiles, by name."""
    admin = make_person(next(account for account in ACCOUNTS if account.is_staff))
    organisations = {}
    for kind in (Kind.PUBLIC_BODY, Kind.SUPPLIER):
        for entry in people[kind]:
            organisation = make_organisation(entry, kind, admin=admin, now=now)
            if kind == Kind.SUPPLIER:
                make_profile(organisation, entry, now=now)
            organisations[organisation.name] = organisation
            bar.update()
    return organisations


def accounts_table() -> str:
    """Who can sign in to the demo, one line for each role."""
    rows = [
        f"  {account.role:<22}{account.email:<30}{'and a code' if account.needs_code else ''}" for account in ACCOUNTS
    ]
    return "\n".join(
        [
            *rows,
            f"  Password of all: {PASSWORD}",
            f"  A code comes from `make demo-code`, or from an authenticator app with the secret {TOTP_SECRET}",
        ]
    )
