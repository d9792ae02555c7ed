"""A supplier writes a case study, a referee answers by the link in a real e-mail, and a guest compares."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command

from portal.organisations.choices import Role
from portal.organisations.models import EmailDomain
from techmap.actions import guess_claims, record_evidence, record_prices, record_rating
from techmap.models import Capability, CapabilityClaim, SupplierProfile
from tests.browser.test_main_journey import first_link, letter
from tests.browser.test_techmap import sign_in
from tests.factories import make_member, make_public_body, make_supplier

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SIZES = [(True, 1280), (True, 375), (False, 1280)]


@pytest.mark.parametrize(("javascript", "width"), SIZES)
def test_referee_journey(
    visit: Any, sink: Any, worker: None, transactional_db: None, javascript: bool, width: int
) -> None:
    call_command("load_capabilities", verbosity=0)
    larkspur, council = make_supplier(), make_public_body()
    EmailDomain.objects.create(organisation=council, domain="ashfordvale.example")
    alice = make_member(larkspur, role=Role.EDITOR, name="Alice Okafor", email="alice@larkspur.example")
    device = f"{width}-{'js' if javascript else 'plain'}"
    options = {"javascript": javascript, "width": width}

    firm = sign_in(visit(f"referee-firm-{device}", **options), alice)
    firm.go(f"/techmap/suppliers/{larkspur.pk}/case-studies/").sees("There are none yet").follow("Add a case study")
    firm.press("Save and continue").sees(
        "There is a problem", "Enter the title", "Enter the day on which the work ended"
    )
    firm.fill("Title", "Moved the planning archive").fill("Customer", "Ashford Vale Council")
    for part, value in (("Day", "31"), ("Month", "3"), ("Year", "2026")):
        firm.fill(part, value, within="Day the work ended")
    firm.press("Save and continue").sees("What you did and what came of it")
    firm.fill("What you did and what came of it", "We moved 12 years of drawings. Staff find them in seconds.")
    firm.press("Save and continue").sees("What does the work show that you can do?")
    firm.page.locator("summary", has_text="Cloud and hosting").click()
    firm.choose("Backup and disaster recovery").press("Save and continue").sees(
        "Not confirmed", "Nobody has been asked"
    )
    firm.follow("Ask a referee to confirm it").sees("Once it is confirmed, everybody sees")
    firm.fill("Work e-mail address of the referee", "eve@evilgov.uk").press("Send the question")
    firm.sees("There is a problem", "Enter a work e-mail address at a public body")
    firm.fill("Work e-mail address of the referee", "dana@ashfordvale.example").press("Send the question")
    firm.sees("We have asked dana@ashfordvale.example", "Waiting for an answer")

    link = first_link(letter(sink, "dana@ashfordvale.example", "Can you confirm"))
    dana = visit(f"referee-dana-{device}", **options)
    dana.go(link).sees("12 years of drawings", "Backup and disaster recovery", "your role, and Ashford Vale Council")
    dana.choose("Yes, I confirm it").press("Send your answer").sees(
        "There is a problem", "Enter your name", "Enter your role"
    )
    dana.fill("Your name", "Dana Reed").fill("Your role", "Head of digital").fill(
        "Comment (optional)", "All of it true"
    )
    dana.press("Send your answer").sees("Thank you", "confirmed by Head of digital at Ashford Vale Council")
    dana.go(link).sees("You cannot use this link", "already answered")
    assert "confirmed" in letter(sink, alice.email, "Your referee confirmed")

    dana.go(f"/techmap/suppliers/{larkspur.pk}/").sees("Moved the planning archive", "Confirmed case study")
    dana.follow("See all case studies").sees("by Head of digital at Ashford Vale Council").does_not_see("Dana Reed")
    dana.go(f"/techmap/suppliers/{larkspur.pk}/evidence/").sees(
        "Counts", "Confirmed case study", "Ashford Vale Council"
    )
    dana.follow("How evidence counts").sees("What each kind weighs when it is new")

    firm.go(f"/techmap/suppliers/{larkspur.pk}/case-studies/").follow("Moved the planning archive")
    firm.sees("Dana Reed", "All of it true").follow("What you did and what came of it").sees(
        "This case study is confirmed"
    )
    firm.fill("What you did and what came of it", "We moved 120 years of drawings.").press("Save and continue")
    firm.sees("Not confirmed", "You changed the case study since")
    firm.follow("Remove this case study").sees("This cannot be undone").press("Remove the case study").sees(
        "There are none yet"
    )


def make_firms() -> list[Any]:
    """Five firms that differ in what is known of them; the last is known from notices alone."""
    firms = [
        make_supplier(name, size=size)
        for name, size in [
            ("Larkspur Systems Ltd", "small"), ("Grand Quay Technology plc", "large"),
            ("Oxbow Geospatial Ltd", "micro"), ("Ninefold Analytics LLP", ""),
        ]
    ]  # fmt: skip
    firms.append(
        make_supplier("Merlin Data and Networks of the Northern Counties Ltd", status="pending", is_imported=True)
    )
    capabilities = list(Capability.objects.offered().by_parent()[3:9])
    for number, firm in enumerate(firms):
        profile, _ = SupplierProfile.objects.get_or_create(organisation=firm, summary="Services for councils")
        for item in capabilities[number : number + 3]:
            CapabilityClaim.objects.create(profile=profile, capability=item, level="regular", since=2019)
        record_evidence(
            supplier=firm, kind="award", source=f"ocds-{number}", title="A hosting contract", dated=date(2026, 3, 2),
            capabilities=capabilities[number : number + 2], value=Decimal(120_000 + number),
            buyer_name="Ashford Vale Council",
        )  # fmt: skip
    guess_claims(supplier=firms[4], capabilities=capabilities[:1])
    record_rating(
        supplier=firms[0], source="a", what="Calls answered in 20 seconds", grade="Good", dated=date(2026, 9, 30),
        rated_by="Ashford Vale Council",
    )  # fmt: skip
    prices = {("Senior developer", unit): Decimal(amount) for unit, amount in (("day", 640), ("hour", 85))}
    record_prices(supplier=firms[0], source="r", dated=date(2026, 9, 30), prices=prices)
    return firms


@pytest.mark.parametrize(("javascript", "width"), [*SIZES, (True, 320)])
def test_compare_journey(visit: Any, transactional_db: None, javascript: bool, width: int) -> None:
    call_command("load_capabilities", verbosity=0)
    firms = make_firms()
    guest = visit(f"compare-{width}-{'js' if javascript else 'plain'}", javascript=javascript, width=width)

    guest.go("/techmap/compare/").sees("Put 2 to 5 suppliers side by side")
    guest.fill("Add a supplier", "larkspur").press("Find").follow("Add Larkspur Systems Ltd").sees(
        "Add at least one more"
    )
    for name in ("Grand Quay Technology plc", "Oxbow Geospatial Ltd", "Ninefold Analytics LLP"):
        guest.fill("Add a supplier", name.split()[0]).press("Find").follow(f"Add {name}").sees(name)
    guest.fill("Add a supplier", "merlin").press("Find").follow(f"Add {firms[4].name}")
    guest.sees(
        "Not shown: nobody has checked who says it", "Senior developer: £640 a day", "Calls answered in 20 seconds"
    )
    guest.sees("Not verified", "Verified", "Guessed from a notice", "You compare 5 suppliers")
    address = guest.page.url
    guest.follow("Remove Grand Quay Technology plc").does_not_see("Grand Quay")
    guest.go(address).sees("Grand Quay Technology plc")  # the address is all there is to keep
    guest.go(address + "&supplier=999999").sees("1 of those that you chose is not listed here", "Grand Quay")
    region = guest.page.get_by_role("region", name="suppliers side by side")
    region.focus()
    if javascript and width < 1280:
        before = region.evaluate("node => node.scrollLeft")
        for _ in range(6):
            guest.page.keyboard.press("ArrowRight")
        guest.page.wait_for_timeout(500)  # it scrolls smoothly
        assert region.evaluate("node => node.scrollLeft") > before
