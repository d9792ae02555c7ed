"""A party of a release, read with care: what it is called, which numbers it has, and what it is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from portal.ocds.fields import STRAY_SPACES, Node
from portal.ocds.regions import region_of
from portal.ocds.release import Release
from portal.ocds.text import cut, fold, mend_address, one_line, printable
from portal.organisations.choices import Kind, Scheme, Size
from portal.organisations.identifiers import normalise_identifier
from portal.refusals import Refused

BUYERS = frozenset({"buyer", "procuringEntity", "centralPurchasingBody"})
SUPPLIERS = frozenset({"supplier"})
# Contracts Finder says "sme" alone. An SME is a firm under 250 staff, and "medium" is the size that
# says just that; blank would drop the firm from every count of SMEs.
SIZES = {"sme": Size.MEDIUM, "large": Size.LARGE, "micro": Size.MICRO, "small": Size.SMALL, "medium": Size.MEDIUM}
COUNTRIES = {"": "", "uk": "United Kingdom", "gb": "United Kingdom", "gbr": "United Kingdom"} | dict.fromkeys(
    ("eng", "england", "scotland", "wales", "northern ireland", "united kingdom"), "United Kingdom"
)
LONGEST = {"name": 200, "street_address": 200, "locality": 100, "postal_code": 12, "country_name": 60}
_PREFIXED = re.compile(r"(GB-[A-Z]{2,5})-(.+)")

Number = tuple[str, str]


@dataclass
class Party:
    """What a release says of one organisation, fit for the portal's fields."""

    id: str
    name: str
    roles: frozenset[str]
    numbers: list[Number] = field(default_factory=list)  # scheme and value, the most telling first
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> Kind:
        """Who buys is a public body, and stays one where it also supplies, as universities and trusts do."""
        return Kind.PUBLIC_BODY if self.roles & BUYERS else Kind.SUPPLIER

    @property
    def likeness(self) -> tuple[str, ...]:
        return likeness(self.kind, self.name, self.fields["postal_code"], self.fields["street_address"])


def likeness(kind: str, name: str, postal_code: str, street_address: str) -> tuple[str, ...]:
    """What a party without numbers is known by: kind, folded name, and postcode (without one, the street)."""
    postcode = fold(postal_code).replace(" ", "")
    return (kind, fold(name), postcode, "" if postcode else fold(street_address))


def read_parties(release: Release) -> list[Party]:
    """The sound parties that buy or supply, each id once. Review bodies and the like are passed over."""
    found: dict[str, Party] = {}
    for node in release.body.objects("parties"):
        party = _read_party(node)
        if party is None:
            continue
        known = found.get(party.id)
        if known is None:
            found[party.id] = party
        elif fold(known.name) == fold(party.name):
            known.roles |= party.roles
        else:
            node.note("Two parties with one id", f"{node.path}: '{party.id}' is {known.name} and {party.name}")
    return list(found.values())


def _read_party(node: Node) -> Party | None:
    garbled = node.garbled_keys()
    if garbled:
        keys = ", ".join(f"'{printable(key)}'" for key in garbled[:5])
        node.note(STRAY_SPACES, f"{node.path} ({node.words('name')[:60]}) is damaged: {keys}. It was left out")
        return None
    roles = frozenset(node.texts("roles"))
    if not roles & (BUYERS | SUPPLIERS):
        return None
    name = node.words("name") or node.object("identifier").words("legalName")
    party_id = node.identifier("id")
    if not name or not party_id:
        node.note("A party without name or id", f"{node.path} has no {'id' if name else 'name'}")
        return None
    if len(name) > LONGEST["name"]:
        node.note("A name that is too long", f"{node.path}/name is cut to {LONGEST['name']} characters")
    party = Party(party_id[:200], cut(one_line(name), LONGEST["name"]), roles)
    party.numbers = _numbers(node, party_id)
    party.fields = _fields(node, party.kind)
    return party


def _numbers(node: Node, party_id: str) -> list[Number]:
    """From the identifier, further identifiers, and the prefix of the id (GB-CFS-171860), without repeats.

    An id without such a prefix ('2', 'org-1') counts within its release alone, and is no number.
    """
    given = [_given(node.object("identifier"))]
    given += [_given(further) for further in node.objects("additionalIdentifiers")]
    prefixed = _PREFIXED.fullmatch(party_id)
    if prefixed:
        given.append((prefixed[1], prefixed[2]))
    numbers = (_normal(node, scheme, value) for scheme, value in dict.fromkeys(given) if scheme and value)
    return list(dict.fromkeys(number for number in numbers if number))


def _given(identifier: Node) -> Number:
    return identifier.words("scheme").upper(), identifier.identifier("id")


def _normal(node: Node, scheme: str, value: str) -> Number | None:
    if scheme not in Scheme.values:
        node.note("A number of an unknown list", f"{node.path}: the portal does not know the list {scheme[:40]}")
        return None
    try:
        return scheme, normalise_identifier(scheme, value)
    except Refused as refused:
        node.note("Not a number of its list", f"{node.path}: {scheme} '{value[:40]}'. {refused.reasons[0].message}")
        return None


def _fields(node: Node, kind: Kind) -> dict[str, Any]:
    """What the portal keeps of a party beside its name; each only where it is known."""
    address, details = node.object("address"), node.object("details")
    country = address.words("countryName")
    fields = {
        "street_address": mend_address(address.text("streetAddress")),
        "locality": address.words("locality"),
        "postal_code": address.words("postalCode").upper(),
        "country_name": COUNTRIES.get(country.casefold(), country),
    }
    for name, value in fields.items():
        if len(value) > LONGEST[name]:
            node.note("An address that is too long", f"{address.path}: {name} is cut to {LONGEST[name]} characters")
    fields = {name: cut(value, LONGEST[name]) for name, value in fields.items()}
    return fields | {
        "region": region_of(address.words("region")) or "",
        "size": SIZES.get(details.words("scale").casefold(), "") if kind == Kind.SUPPLIER else "",
        "website": details.link("url", 200),
    }
