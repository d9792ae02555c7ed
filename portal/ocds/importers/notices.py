"""What several importers read from a release: the buyer, what is bought, and the words for it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from portal.ocds.fields import Node
from portal.ocds.importers.parties import BUYERS
from portal.ocds.regions import only_region
from portal.ocds.release import Release
from portal.ocds.text import mend_line_ends
from portal.organisations.models import Organisation

LONGEST_TEXT = 20_000


def buyer_of(release: Release) -> Organisation | None:
    """Whom the release names as the buyer, else its only party with a buyer's role.

    A firm that acts for an authority and is named as the buyer is the buyer.
    """
    named = release.organisations.get(release.body.object("buyer").identifier("id"))
    if named:
        return named
    buyers = {
        organisation.pk: organisation
        for party in release.body.objects("parties")
        if BUYERS & frozenset(party.texts("roles"))
        and (organisation := release.organisations.get(party.identifier("id")))
    }
    return next(iter(buyers.values())) if len(buyers) == 1 else None


def title_of(release: Release) -> str:
    tender = release.body.object("tender")
    return " ".join(mend_line_ends(tender.words("title") or release.body.words("title")).split())


def description_of(release: Release) -> str:
    tender = release.body.object("tender")
    text = mend_line_ends(tender.text("description") or release.body.text("description"))
    if len(text) > LONGEST_TEXT:
        release.leave_out("A text that is too long", f"tender/description is cut to {LONGEST_TEXT:,} characters")
    return text[:LONGEST_TEXT]


def pounds(release: Release, value: Node) -> Decimal | None:
    """A sum in pounds; nothing, and listed, where it is in another currency. Without a currency it is pounds."""
    amount = value.amount("amount")
    if amount is not None and value.words("currency").upper() not in ("", "GBP"):
        release.leave_out("A sum in another currency", f"{value.path} is in {value.words('currency')[:20]}")
        return None
    return amount


def region_of_delivery(release: Release) -> str:
    """The one region that all delivery addresses name. A postcode alone names none."""
    items = release.body.object("tender").objects("items")
    return only_region(address.words("region") for item in items for address in item.objects("deliveryAddresses"))


def cpv_codes(release: Release) -> list[str]:
    """The digits of the CPV codes of the tender and its items, the main one first, each once."""
    return list(dict.fromkeys(_codes(release.body.object("tender"))))


def _codes(tender: Node) -> Iterator[str]:
    yield from _code(tender.object("classification"))
    for further in tender.objects("additionalClassifications"):
        yield from _code(further)
    for item in tender.objects("items"):
        yield from _code(item.object("classification"))
        for further in item.objects("additionalClassifications"):
            yield from _code(further)


def _code(classification: Node) -> Iterator[str]:
    code = classification.identifier("id")
    if classification.words("scheme").upper() == "CPV" and code[:8].isdigit():
        yield code[:8]
