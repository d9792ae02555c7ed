"""Staff judge names alike, and a person registers a supplier by its company number; with scripts and without."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from portal.organisations.choices import Scheme
from portal.organisations.models import Organisation
from techmap.models import Company, Merge, NameMatch
from tests.browser.test_shortlists import sign_in
from tests.factories import make_user
from tests.techmap.merge_makers import make_imported, make_match, make_spend

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WAYS = [(True, 1280), (True, 375), (False, 1280)]


@pytest.fixture
def pairs(transactional_db: None) -> NameMatch:
    centre = make_imported("SPECIALIST COMPUTER CENTRE", sources=())
    spelt = make_imported("SCC (Specialist Computer Centre)", sources=())
    for number, customer in enumerate(("Home Office", "Northumberland County Council", "Cabinet Office")):
        make_spend(centre, f"spend:{number}", buyer_name=customer, value=Decimal(48_300 + number))
    for number, customer in enumerate(("Northumberland County Council", "Ministry of Justice"), 10):
        make_spend(spelt, f"spend:{number}", buyer_name=customer, value=Decimal("850.50"))
    centre.identifiers.create(scheme=Scheme.CFS, value="171860")
    make_match(make_imported("Tessella Ltd"), make_imported("Tessella plc", sources=("spend:20",)))
    return make_match(centre, spelt, score=94.1)


@pytest.mark.parametrize(("javascript", "width"), WAYS)
def test_queue_journey(visit: Any, pairs: NameMatch, javascript: bool, width: int) -> None:
    sam = sign_in(visit(f"Matches-{width}-{javascript}", javascript=javascript, width=width), make_user(is_staff=True))
    sam.go("/techmap/capabilities/").follow("Names alike").sees("2 pairs, the most alike first")
    sam.follow("SPECIALIST COMPUTER CENTRE and SCC (Specialist Computer Centre)")
    sam.sees("One supplier or two?", "94.1 of 100 alike", "Northumberland County Council", "£144,903")
    sam.press("Decide").sees("Choose whether they are one supplier or two")
    sam.choose("Yes, they are one supplier").press("Decide")
    sam.sees("They are one supplier now: SPECIALIST COMPUTER CENTRE.", "1 pair")

    sam.go(pairs.get_absolute_url()).sees("was merged into").press("Undo the merge").sees("The merge is undone")
    sam.press("Look at it again").sees("The pair waits for a decision again")
    sam.choose("No, they are two suppliers").press("Decide").sees("They stay two suppliers.")
    sam.go("/techmap/matches/?state=different").sees("Two suppliers, by Alice Okafor")
    assert Merge.objects.filter(undone_at=None).count() == 0


@pytest.mark.parametrize(("javascript", "width"), WAYS)
def test_company_is_found_by_its_number(visit: Any, transactional_db: None, javascript: bool, width: int) -> None:
    Company.objects.create(
        number="01234567",
        name="BRAMBLING DATA LIMITED",
        street_address="4 MILL LANE",
        locality="LEEDS",
        postal_code="LS1 4AB",
        status="Active - Proposal to Strike off",
        imported_at=datetime(2026, 11, 2, 9, 0, tzinfo=ZoneInfo("Europe/London")),
    )
    ann = sign_in(visit(f"Lookup-{width}-{javascript}", javascript=javascript, width=width), make_user())
    ann.go("/organisations/register/supplier/").fill("Town or city", "York").fill("Companies House number", "1234567")
    ann.choose("Small: 10 to 49 staff").press("Find the company")
    ann.sees("We filled in: Name, Street address, Postcode.", "differs in: Town or city", "Companies House has: LEEDS")
    ann.sees("Its status there is “Active - Proposal to Strike off”, as of 2 November 2026.")
    assert ann.page.get_by_label("Town or city").input_value() == "York"
    ann.page.get_by_label("Region").select_option(label="Yorkshire and The Humber")
    ann.page.get_by_label("Town or city").press("Enter")
    ann.check().sees("is registered and waits to be verified")
    assert Organisation.objects.get().locality == "York"
