"""A supplier fills its profile, a guest finds it, somebody follows a capability; with scripts and without."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client

from portal.accounts.models import User
from portal.organisations.choices import Role
from techmap.actions import guess_claims, record_evidence
from techmap.models import Capability
from tests.factories import make_member, make_supplier, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def sign_in(visitor: Any, user: User) -> Any:
    """Give the visitor a session; signing in has its own journeys."""
    client = Client()
    client.force_login(user)
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": client.session.session_key, "url": visitor.site}
    visitor.context.add_cookies([cookie])
    return visitor


@pytest.fixture
def larkspur(transactional_db: None) -> Any:
    call_command("load_capabilities", verbosity=0)
    for name in ("Alder Data Ltd", "Birchwood Networks plc", "Charnwood Digital Ltd"):
        supplier = make_supplier(name)
        guess_claims(supplier=supplier, capabilities=Capability.objects.offered()[5:9])
    larkspur = make_supplier(website="https://larkspur.example")
    chatbots = Capability.objects.get(code="chatbots")
    guess_claims(supplier=larkspur, capabilities=[chatbots, Capability.objects.get(code="websites")])
    record_evidence(
        supplier=larkspur, kind="award", source="ocds-1", title="A chatbot for council tax", dated=date(2026, 3, 2),
        capabilities=[chatbots], guessed=True, url="https://notices.example/1",
    )  # fmt: skip
    return larkspur


@pytest.mark.parametrize(("javascript", "width"), [(True, 1280), (True, 375), (True, 320), (False, 1280)])
def test_techmap_journey(visit: Any, larkspur: Any, javascript: bool, width: int) -> None:
    alice = make_member(larkspur, role=Role.EDITOR, name="Alice Okafor", email="alice@larkspur.example")
    firm = sign_in(visit(f"Supplier-{width}-{javascript}", javascript=javascript, width=width), alice)
    firm.go(f"/techmap/suppliers/{larkspur.pk}/").sees("Your profile is empty", "Guessed", "A chatbot for council tax")
    firm.press("Confirm Chatbots and virtual assistants").sees("now stands on your profile")
    firm.press("Remove Websites and content management").sees("has been taken off your profile")
    firm.press("Edit profile").sees("1 of 7 sections complete")
    firm.follow("About").press("Save").sees("There is a problem", "Enter a summary")
    firm.fill("Summary", "Hosting and chatbots for councils")
    firm.fill("Links (optional)", "https://larkspur.example/work").press("Save").sees("About: saved")
    firm.follow("Capabilities").page.locator("summary", has_text="Cloud and hosting").click()
    firm.choose("Backup and disaster recovery").press("Save").sees("Level and year of each capability")
    firm.go(f"/techmap/suppliers/{larkspur.pk}/edit/").follow("Where and for whom").choose("North West").press("Save")
    firm.go(f"/techmap/suppliers/{larkspur.pk}/").sees("Backup and disaster recovery", "North West")

    guest = visit(f"Guest-{width}-{javascript}", javascript=javascript, width=width)
    guest.go("/techmap/").sees("4 suppliers", "Larkspur Systems Ltd", "guessed")
    guest.go("/techmap/?capability=backup-and-recovery&size=sme").sees("Larkspur Systems Ltd")
    guest.go("/techmap/capabilities/").sees("Cloud and hosting")
    guest.fill("Find a capability", "disaster").press("Search").sees("Backup and disaster recovery", "1 supplier")
    guest.follow("Backup and disaster recovery").sees("Also called", "Sign in and follow")
    guest.go("/techmap/capabilities/cloud/").sees("What it holds")

    charlie = sign_in(guest, make_user(name="Charlie Dunn"))
    charlie.go("/techmap/following/").sees("You follow nothing yet")
    charlie.go("/techmap/capabilities/cloud/").press("Follow").sees("You now follow Cloud and hosting")
    charlie.go("/techmap/following/").sees("and all that it holds")
    charlie.press("Stop following Cloud and hosting").sees("You follow nothing yet")
