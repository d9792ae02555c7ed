"""A supplier fills its profile section by section and a public body reads it; with scripts and without."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command

from portal.organisations.choices import Role
from techmap.models import SupplierProfile
from tests.browser.test_techmap import sign_in
from tests.factories import make_member, make_public_body, make_supplier

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def larkspur(transactional_db: None) -> Any:
    call_command("load_capabilities", verbosity=0)
    call_command("load_frameworks", verbosity=0)
    return make_supplier(website="https://larkspur.example")


def fill_words(firm: Any) -> None:
    firm.follow("About").fill("Summary", "Hosting and chatbots for councils")
    firm.fill("Description (optional)", "Twenty people in Manchester.\n\nOpen all night.")
    firm.fill("Technologies (optional)", "PostgreSQL\nDjango\nRasa")
    firm.fill("Links (optional)", "https://larkspur.example/work").press("Save").sees("About: saved", "Completed")


def fill_capabilities(firm: Any) -> None:
    firm.follow("Capabilities").page.locator("summary", has_text="Cloud and hosting").click()
    firm.choose("Backup and disaster recovery").press("Save").sees("Level and year of each capability")
    firm.fill("Since (year)", "1066").press("Save").sees("There is a problem", "the year must be from 1950 to")
    firm.page.get_by_label("Level").select_option("We do it regularly")
    firm.fill("Since (year)", "2015").press("Save").sees("Level and year of each capability: saved")


def fill_kind(firm: Any) -> None:
    firm.follow("Where and for whom").sees("Your office is in North West").choose("Wales")
    firm.choose("Health and social care").press("Save").sees("Where and for whom: saved")
    firm.follow("Size and kind").sees("a turnover of up to £44 million").choose("No").press("Save")
    firm.sees("Size and kind: saved", "5 of 7 sections complete")


def fill_rows(firm: Any) -> None:
    firm.follow("Accreditations").follow("Add an accreditation").press("Save").sees("Choose an accreditation")
    firm.page.get_by_label("Accreditation", exact=True).select_option("ISO 27001: information security")
    firm.fill("Day", "1").fill("Month", "3").fill("Year", "2020").press("Save").sees("Expired on 1 March 2020")
    firm.follow("Continue").follow("Frameworks and lots").follow("Add a framework")
    firm.page.get_by_label("Framework agreement").select_option("G-Cloud 14 (RM1557.14)")
    firm.press("Continue").press("Save").sees("Choose at least one lot")
    firm.choose("Lot 2: Cloud software").press("Save").sees("G-Cloud 14", "Lot 2: Cloud software")
    firm.follow("Continue").follow("Contacts").follow("Add a contact").choose("New work")
    firm.fill("Name", "Dilys Marlow").press("Save").sees("Enter an email address or a telephone number")
    firm.fill("Telephone number (optional)", "0161 496 0000").press("Save").sees("Dilys Marlow")
    firm.follow("Continue").sees("6 of 7 sections complete", "1 accreditation", "1 expired", "1 framework")


@pytest.mark.parametrize(("javascript", "width"), [(True, 1280), (True, 375), (False, 375)])
def test_profile_journey(visit: Any, larkspur: Any, javascript: bool, width: int) -> None:
    alice = make_member(larkspur, role=Role.EDITOR, name="Alice Okafor", email="alice@larkspur.example")
    firm = sign_in(visit(f"Profile-{width}-{javascript}", javascript=javascript, width=width), alice)
    firm.go(f"/techmap/suppliers/{larkspur.pk}/edit/").sees("0 of 7 sections complete")
    fill_words(firm)
    fill_capabilities(firm)
    fill_kind(firm)
    fill_rows(firm)
    firm.follow("Review").sees("Not reviewed yet", "Rasa", "Dilys Marlow")
    firm.press("All of this is still true").sees("Thank you", "Backup and disaster recovery", "since 2015")
    firm.go(f"/techmap/suppliers/{larkspur.pk}/edit/").sees("7 of 7 sections complete")

    guest = visit(f"Reader-{width}-{javascript}", javascript=javascript, width=width)
    guest.go(f"/techmap/suppliers/{larkspur.pk}/").sees("Rasa", "Expired", "G-Cloud 14", "Wales")
    guest.does_not_see("Dilys Marlow")
    civil_servant = sign_in(guest, make_member(make_public_body(), role=Role.VIEWER, name="Vera Lund"))
    civil_servant.go(f"/techmap/suppliers/{larkspur.pk}/").sees("Dilys Marlow", "0161 496 0000")


def test_two_colleagues_at_one_section(visit: Any, larkspur: Any) -> None:
    alice = make_member(larkspur, role=Role.EDITOR, name="Alice Okafor", email="alice@larkspur.example")
    firm = sign_in(visit("Colleague", width=375), alice)
    firm.go(f"/techmap/suppliers/{larkspur.pk}/edit/section/about/").fill("Summary", "Words of mine")
    SupplierProfile.objects.create(organisation=larkspur, summary="Words of a colleague")
    firm.press("Save").sees("Somebody else has changed the profile", "Words of mine", "Words of a colleague")
    firm.follow("Open the saved version")
    assert firm.page.get_by_label("Summary", exact=True).input_value() == "Words of a colleague"
