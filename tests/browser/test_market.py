"""A civil servant finds a combination, saves it, and looks at gaps and concentration; with scripts and without."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command

from portal.organisations.choices import Role, Size
from portal.organisations.models import Organisation
from techmap.models import Capability, Evidence
from techmap.search import index
from tests.browser.test_techmap import sign_in
from tests.factories import make_member, make_public_body, make_supplier
from tests.techmap.makers import make_claim, make_profile

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NAMES = [
    "Alder Data",
    "Birchwood Networks",
    "Charnwood Digital",
    "Dovedale Systems",
    "Elmswell Cloud",
    "Fenland Hosting",
]


@pytest.fixture
def market(transactional_db: None) -> list[Capability]:
    """Twenty-four firms that each do some of six things, with contracts over four years."""
    call_command("load_capabilities", verbosity=0)
    offered = list(Capability.objects.offered().by_parent()[:40:7])
    sizes = [Size.SMALL, Size.MICRO, Size.LARGE, Size.MEDIUM]
    for number in range(24):
        firm = make_supplier(f"{NAMES[number % 6]} {number + 1} Ltd", size=sizes[number % 4])
        make_profile(firm, regions_served=["TLL", "TLM"] if number % 4 else ["TLD"])
        own = [item for place, item in enumerate(offered) if (number + place) % 3 == 0 and (place < 5 or number < 2)]
        for item in own:
            make_claim(firm, item, guessed=number % 5 == 0)
            add_contract(firm, item, number)
    index.refresh(Organisation.objects.values_list("pk", flat=True))
    return offered


def add_contract(firm: Organisation, item: Capability, number: int) -> None:
    if number % 4:
        Evidence.objects.create(
            supplier=firm, capability=item, kind="award", source=f"ocds-{number}-{item.pk}",
            title=f"{item} for a council", dated=date.today() - timedelta(days=number * 25),
            value=Decimal(20_000 * (number + 1) ** 2), buyer_name="Ashford Vale Council",
        )  # fmt: skip


@pytest.mark.parametrize(("javascript", "width"), [(True, 1280), (True, 375), (True, 320), (False, 1280)])
def test_combination_journey(visit: Any, market: list[Capability], javascript: bool, width: int) -> None:
    ann = make_member(make_public_body(), role=Role.EDITOR, name="Ann Castle", email="ann@ashford.example")
    civil_servant = sign_in(visit(f"Combination-{width}-{javascript}", javascript=javascript, width=width), ann)
    civil_servant.go("/techmap/combination/").sees("What must be covered?", "As few firms as possible")
    civil_servant.press("Find combinations").sees("There is a problem", "Choose at least one capability")
    query = "&".join(f"must={item.code}" for item in market[:3]) + f"&nice={market[4].code}&region=TLL&region=TLM"
    civil_servant.go(f"/techmap/combination/?{query}").sees("the best first", "Proven", "Who covers what, and why")
    civil_servant.page.locator("a", has_text="Save to a shortlist").first.click()
    civil_servant.check().sees("Save to a shortlist", "You and your colleagues decide")
    civil_servant.press("Save the shortlist").sees("saved as a shortlist, with the reasoning", "Chosen one by one")


@pytest.mark.parametrize(("javascript", "width"), [(True, 1280), (True, 375), (True, 320), (False, 1280)])
def test_gaps_journey(visit: Any, market: list[Capability], javascript: bool, width: int) -> None:
    ann = make_member(make_public_body(), role=Role.EDITOR, name="Ann Castle", email="ann@ashford.example")
    civil_servant = sign_in(visit(f"Gaps-{width}-{javascript}", javascript=javascript, width=width), ann)
    parent = market[0].parent
    assert parent
    civil_servant.go("/techmap/market/").sees("Gaps and concentration", parent.name, "None")
    civil_servant.go(f"/techmap/market/?group={parent.code}").sees(market[0].name, "Start an engagement")
    civil_servant.go(f"/techmap/market/{market[0].code}/").sees("The Herfindahl index is", "Year by year")
    civil_servant.follow("Start an engagement on this").sees("The request will concern", market[0].name)
    civil_servant.go(f"/techmap/combination/?must={market[5].code}&least=verified&region=TLN").sees(
        "No combination fits"
    )


def test_similar_suppliers(visit: Any, market: list[Capability]) -> None:
    visit("Similar", width=1280).go(f"/techmap/suppliers/{Organisation.objects.suppliers().latest('pk').pk}/").sees(
        "Similar suppliers", "Shares"
    )
