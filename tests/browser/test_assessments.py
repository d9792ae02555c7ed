"""A buyer asks, rates and assesses; the supplier answers and replies; everybody reads both."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from portal.organisations.choices import Role
from reporting.models import Contract
from tests.browser.test_techmap import sign_in
from tests.factories import make_member, make_public_body, make_supplier
from tests.reporting.assessing import filed_with_kpis, kpi
from tests.reporting.makers import make_contract, make_returns

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SIZES = [(True, 1280), (True, 375), (False, 1280)]


def first_of(day: date, months: int) -> date:
    """The first day of the month, so many months before."""
    month = day.year * 12 + day.month - 1 - months
    return date(month // 12, month % 12 + 1, 1)


@pytest.mark.parametrize(("javascript", "width"), SIZES)
def test_assessment_journey(visit: Any, transactional_db: None, javascript: bool, width: int) -> None:
    council, larkspur = make_public_body(), make_supplier()
    alice = make_member(council, role=Role.EDITOR, name="Alice Okafor", email="alice@ashford.example")
    bob = make_member(larkspur, role=Role.EDITOR, name="Bob Larkin", email="bob@larkspur.example")
    begun = first_of(timezone.localdate(), 14)
    contract = make_contract(
        council, larkspur, alice, baseline_start=begun, baseline_end=begun + timedelta(days=900), ocid="ocds-b5fd17-1"
    )
    Contract.objects.filter(pk=contract.pk).update(is_published=True)
    filed = filed_with_kpis(
        make_returns(contract, timezone.now())[0], bob, kpis=[kpi(), kpi(kpi_id="K2", title="Calls answered in time")]
    )
    device = f"{width}-{'js' if javascript else 'plain'}"
    options = {"javascript": javascript, "width": width}
    buyer = sign_in(visit(f"assess-buyer-{device}", **options), alice)
    firm = sign_in(visit(f"assess-firm-{device}", **options), bob)

    buyer.go(filed.get_absolute_url()).follow("Ask about a line").sees("No question has been asked")
    buyer.follow("Spend lines").page.get_by_role("link", name="Ask about this line").first.click()
    buyer.check().press("Ask the supplier").sees("There is a problem", "Enter your question")
    buyer.page.get_by_label("Which part of it?").select_option(label="Price of one unit")
    buyer.fill("Your question", "Why is the price £600?").press("Ask the supplier").sees("Your question is asked")
    firm.go(filed.get_absolute_url()).follow("Questions about the lines").sees("Why is the price £600?")
    firm.page.get_by_role("link", name="Answer the question").first.click()
    firm.check().fill("Your answer", "It is the rate of the framework.").press("Send the answer")
    firm.sees("Your answer is sent", "Answered by Bob Larkin")
    buyer.go(f"{filed.get_absolute_url()}questions/").sees("It is the rate of the framework.")
    buyer.page.get_by_role("button", name="Settled").first.click()
    buyer.check().sees("The question is settled", "Every question is settled")

    buyer.go(f"{filed.get_absolute_url()}ratings/")
    buyer.page.get_by_label("Your rating of Availability").select_option(label="Approaching target")
    buyer.fill("Why, for Availability (optional)", "Two outages").press("Save the ratings").sees("1 of 2 rated by")

    buyer.go("/reporting/assessments/").sees("Case management for housing", "Late")
    buyer.page.get_by_role("link", name="Begin the assessment").first.click()
    buyer.check().press("Make the draft").sees("Write the assessment")
    assert buyer.page.get_by_label("Why, for Availability (optional)").input_value() == "Two outages"
    buyer.press("Save the draft").sees("Before you can share it", "Choose the overall rating", "Calls answered in time")
    buyer.follow("Write the assessment").choose("Requires improvement")
    buyer.fill("In a few sentences", "Two outages in spring. Support was quick.")
    buyer.page.get_by_label("Your rating of Calls answered in time").select_option(label="Good")
    buyer.press("Save the draft").press("Share it with the supplier").sees("has been told", "may reply until")

    firm.go("/reporting/assessments/").follow("Case management for housing").sees("Two outages in spring.")
    firm.follow("Reply").fill("Your reply", "One outage was the network's.").press("Send the reply")
    firm.sees("Your reply is sent", "One outage was the network's.")
    buyer.go("/reporting/assessments/").follow("Case management for housing").press("Make it final")
    buyer.sees("The assessment is final", "One outage was the network's.")
    buyer.follow("Draft of the contract performance notice (UK9)")
    buyer.sees("Missing before it can be published", "Approaching target", "ocds-b5fd17-1")

    guest = visit(f"assess-guest-{device}", **options)
    guest.go(f"/techmap/suppliers/{larkspur.pk}/").follow("1 assessment of its contracts")
    guest.sees("Two outages in spring.", "One outage was the network's.", "Requires improvement")
    guest.follow("Case management for housing").sees("Availability", "Two outages").does_not_see("Why is the price")
