"""What the company register tells the form by which an organisation is registered."""

from __future__ import annotations

from django.utils import timezone

from portal.govuk.formats import day
from portal.organisations.choices import Scheme
from portal.organisations.lookups import Found, Lookup
from techmap.models import Company
from techmap.queries.identities import find_company

ACTIVE = "active"


def look_up(number: str) -> Found | None:
    company = find_company(number)
    if company is None:
        return None
    address = (company.street_address, company.locality, company.postal_code)
    return Found(company.name, *address, warning=warning_of(company))


def warning_of(company: Company) -> str:
    """What is not as usual: dissolved, in liquidation, about to be struck off."""
    as_of = f"as of {day(timezone.localdate(company.imported_at))}"
    if company.dissolved_on:
        return f"It was dissolved on {day(company.dissolved_on)}, {as_of}."
    if company.status.casefold() not in ("", ACTIVE):
        return f"Its status there is “{company.status}”, {as_of}."
    return ""


COMPANIES_HOUSE = Lookup(Scheme.COH, "Companies House", look_up, Company.objects.exists)
