"""Buyer, supplier and further parties as OCDS organisations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from portal.organisations.choices import Scheme
from portal.organisations.models import Identifier, Organisation
from reporting.models import Contract

Object = dict[str, Any]

# The most telling first. A supplier with one of the first three is no single person.
ORDER = (Scheme.COH, Scheme.PPON, Scheme.CHC, Scheme.LAE, Scheme.GOR, Scheme.CFS, Scheme.SRS)
REGISTERED = frozenset({Scheme.COH, Scheme.CHC})


def numbers_of(organisation: Organisation) -> list[Identifier]:
    return sorted(organisation.identifiers.all(), key=lambda one: (ORDER.index(Scheme(one.scheme)), one.value))


def party_id(organisation: Organisation) -> str:
    """List and number as org-id.guide has them; the portal's own number where there is none."""
    numbers = numbers_of(organisation)
    return f"{numbers[0].scheme}-{numbers[0].value}" if numbers else f"portal-{organisation.pk}"


def reference(organisation: Organisation) -> Object:
    return {"id": party_id(organisation), "name": organisation.name}


def parties_of(contract: Contract) -> list[Object]:
    """Each organisation once, with all its roles."""
    roles: dict[Organisation, list[str]] = {
        contract.buyer: ["buyer", "payer"],
        contract.supplier: ["supplier", "payee"],
    }
    for further in contract.parties.all():
        held = roles.setdefault(further.organisation, [])
        if further.role not in held:
            held.append(further.role)
    return [_party(organisation, held) for organisation, held in roles.items()]


def _party(organisation: Organisation, roles: Iterable[str]) -> Object:
    numbers = numbers_of(organisation)
    party: Object = {**reference(organisation), "roles": list(roles)}
    if numbers:
        party["identifier"] = _identifier(numbers[0]) | {"legalName": organisation.name}
    if numbers[1:]:
        party["additionalIdentifiers"] = [_identifier(one) for one in numbers[1:]]
    if may_have_address(organisation, numbers) and (address := _address(organisation)):
        party["address"] = address
    if organisation.size:
        party["details"] = {"scale": "sme" if organisation.is_sme else "large"}
    return party


def may_have_address(organisation: Organisation, numbers: Iterable[Identifier]) -> bool:
    """A supplier that no register of companies or charities holds may be one person, and its address a home."""
    return organisation.is_public_body or any(one.scheme in REGISTERED for one in numbers)


def _identifier(one: Identifier) -> Object:
    return {"scheme": one.scheme, "id": one.value}


def _address(organisation: Organisation) -> Object:
    lines = {
        "streetAddress": organisation.street_address,
        "locality": organisation.locality,
        "region": organisation.get_region_display(),
        "postalCode": organisation.postal_code,
    }
    found = {name: text for name, text in lines.items() if text}
    return found | {"countryName": organisation.country_name} if found and organisation.country_name else found
