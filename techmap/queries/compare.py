"""Up to five suppliers side by side, in words that a page and a file can both show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, F, Max, QuerySet, Window
from django.db.models.functions import Lower, RowNumber

from portal.govuk.formats import day, money
from portal.organisations.models import Organisation
from portal.records import Region
from techmap.choices import EvidenceKind, Level, Sector, Support
from techmap.models import Capability, Evidence, Framework, Price, Rating
from techmap.models.profiles import REVIEW_EVERY
from techmap.queries.published import PublishedClaim, PublishedSupplier, published
from techmap.queries.suppliers import public_suppliers

FEWEST, MOST = 2, 5
MOST_FOUND = 10  # by a part of a name
LATEST_RATINGS, LATEST_PRICES = 5, 10  # of each supplier
SUPPORT_TAGS: dict[str, tuple[str, str]] = {
    Support.VERIFIED: ("Verified", "green"),
    Support.SUPPORTED: ("Supported", "blue"),
    Support.UNSUPPORTED: ("No evidence", "grey"),
}


@dataclass(frozen=True)
class Line:
    """One line of a cell, with a mark where there is something to mark."""

    text: str
    tag: str = ""
    colour: str = ""

    def __str__(self) -> str:
        return f"{self.text} ({self.tag.lower()})" if self.tag and self.text else self.text or self.tag


Cell = list[Line]
NOT_SHOWN = [Line("Not shown: nobody has checked who says it")]


@dataclass(frozen=True)
class Row:
    label: str
    cells: list[Cell]
    url: str = ""


@dataclass(frozen=True)
class Section:
    title: str
    rows: list[Row]


@dataclass
class Choice:
    """What an address asks for: who is compared, who is one too many, and what is not listed."""

    compared: list[int] = field(default_factory=list)
    beyond: list[tuple[int, str]] = field(default_factory=list)
    unknown: int = 0

    @property
    def all(self) -> list[int]:
        return [*self.compared, *(pk for pk, _ in self.beyond)]


def choose(given: Iterable[str]) -> Choice:
    """Read the numbers of suppliers in the order given, each once. Those that are not public count as unknown."""
    wanted = list(dict.fromkeys(text.strip() for text in given if text.strip()))[:50]
    numbers = [int(text) for text in wanted if text.isascii() and text.isdecimal() and len(text) <= 18]
    numbers = list(dict.fromkeys(numbers))
    names = dict(public_suppliers().filter(pk__in=numbers).values_list("pk", "name"))
    known = [number for number in numbers if number in names]
    beyond = [(number, names[number]) for number in known[MOST:]]
    return Choice(known[:MOST], beyond, len(wanted) - len(known))


def named(words: str, *, without: Sequence[int]) -> QuerySet[Organisation]:
    """The first listed suppliers whose name holds the words, by name."""
    found = public_suppliers().filter(name__icontains=words).exclude(pk__in=without)
    return found.order_by(Lower("name"), "pk")[:MOST_FOUND]


def compare(pks: Sequence[int], today: date) -> tuple[list[PublishedSupplier], list[Section]]:
    """The suppliers, and what is to be said of each, line by line: eleven queries for any number of them."""
    suppliers = published(pks, today)
    sections = [
        Section("The supplier", _facts(suppliers, today)),
        *_capabilities(suppliers),
        Section("Evidence, by kind", _evidence(suppliers)),
        Section("From accepted assessments and returns", _assessed(suppliers)),
    ]
    return suppliers, sections


# --- The supplier ------------------------------------------------------------------------------------


def _facts(suppliers: list[PublishedSupplier], today: date) -> list[Row]:
    codes = {place.framework for supplier in suppliers for place in supplier.frameworks}
    ends = dict(Framework.objects.filter(code__in=codes).values_list("code", "ends_on"))

    def own(read: Callable[[PublishedSupplier], Cell], otherwise: str) -> list[Cell]:
        """What a supplier says of itself counts once it is verified."""
        return [(read(supplier) or [Line(otherwise)]) if supplier.is_verified else NOT_SHOWN for supplier in suppliers]

    return [
        Row("Checked", [_checked(supplier) for supplier in suppliers]),
        Row("Size", [_size(supplier) for supplier in suppliers]),
        Row("Voluntary, community or social enterprise", own(_vcse, "Not said")),
        Row("Delivers in", own(lambda one: [Line(one.region_words)] if one.regions else [], "Not said")),
        Row("Office in", [[Line(_region(supplier.office_region) or "Not known")] for supplier in suppliers]),
        Row("Sectors", own(lambda one: [Line(Sector(code).label) for code in one.sectors], "Not said")),
        Row("Accreditations", own(lambda one: list(_accreditations(one)), "None given")),
        Row("Frameworks and lots", own(lambda one: list(_places(one, ends, today)), "None given")),
        Row("Profile last reviewed", own(lambda one: [_review(one.reviewed_on, today)], "")),
    ]


def _checked(supplier: PublishedSupplier) -> Cell:
    return [
        Line("", "Verified", "green")
        if supplier.is_verified
        else Line("Known from notices alone", "Not verified", "yellow")
    ]


def _size(supplier: PublishedSupplier) -> Cell:
    if not supplier.size:
        return [Line("Not known")]
    return [Line(supplier.size_words, "SME" if supplier.is_sme else "", "green")]


def _vcse(supplier: PublishedSupplier) -> Cell:
    return [] if supplier.is_vcse is None else [Line("Yes" if supplier.is_vcse else "No")]


def _region(code: str) -> str:
    return Region(code).label if code else ""


def _accreditations(supplier: PublishedSupplier) -> Iterator[Line]:
    for held in supplier.accreditations:
        until = f"{held.name}, until {day(held.expires_on)}" if held.expires_on else held.name
        yield Line(until, "Expired", "red") if held.is_expired else Line(until)


def _places(supplier: PublishedSupplier, ends: dict[str, date | None], today: date) -> Iterator[Line]:
    for place in supplier.frameworks:
        text = f"{place.name}: {', '.join(place.lots)}" if place.lots else place.name
        end = ends.get(place.framework)
        yield Line(text, "Ended", "red") if end and end < today else Line(text)


def _review(reviewed_on: date | None, today: date) -> Line:
    if reviewed_on is None:
        return Line("Never")
    stale = reviewed_on + REVIEW_EVERY <= today
    return Line(day(reviewed_on), "Over a year ago", "red") if stale else Line(day(reviewed_on))


# --- Capabilities --------------------------------------------------------------------------------------


def _capabilities(suppliers: list[PublishedSupplier]) -> list[Section]:
    """Under their groups, what more of the suppliers claim first, else as the taxonomy has it."""
    claims = [{claim.capability: claim for claim in supplier.claims} for supplier in suppliers]
    shared = Counter(code for own in claims for code in own)
    in_order = Capability.objects.filter(code__in=shared).by_parent()
    groups: dict[str, list[Capability]] = {}
    for item in in_order:
        groups.setdefault(str(item.parent), []).append(item)
    for items in groups.values():
        items.sort(key=lambda item: -shared[item.code])
    return [
        Section(
            f"Capabilities: {name}",
            [Row(item.name, [_claim(own.get(item.code)) for own in claims], item.get_absolute_url()) for item in items],
        )
        for name, items in sorted(groups.items(), key=lambda group: -shared[group[1][0].code])
    ]


def _claim(claim: PublishedClaim | None) -> Cell:
    if claim is None:
        return [Line("Not claimed")]
    tag, colour = SUPPORT_TAGS[claim.support]
    if claim.is_guessed:
        return [Line("Guessed from a notice; the supplier has not confirmed it", tag, colour)]
    words = Level(claim.level).label if claim.level else "Claimed"
    lines = [Line(f"{words}, since {claim.since}" if claim.since else words, tag, colour)]
    if claim.unconfirmed_since:
        lines.append(Line(f"Not confirmed since {day(claim.unconfirmed_since)}", "Out of date", "red"))
    return lines


# --- Evidence, ratings and prices ----------------------------------------------------------------------


def _evidence(suppliers: list[PublishedSupplier]) -> list[Row]:
    """How many pieces of each kind, and when the latest was. A contract for three capabilities is one piece."""
    rows = Evidence.objects.filter(supplier__in=[supplier.id for supplier in suppliers]).order_by()
    counted = rows.values_list("supplier", "kind").annotate(Count("source", distinct=True), Max("dated"))
    found = {(supplier, kind): (number, latest) for supplier, kind, number, latest in counted}
    return [Row(kind.label, [_count(found.get((one.id, kind))) for one in suppliers]) for kind in EvidenceKind]


def _count(found: tuple[int, date] | None) -> Cell:
    return [Line(f"{found[0]:,}, latest {day(found[1])}")] if found else [Line("None")]


def _assessed(suppliers: list[PublishedSupplier]) -> list[Row]:
    ratings = _latest(Rating, suppliers, LATEST_RATINGS)
    prices = _latest(Price, suppliers, LATEST_PRICES)
    return [
        Row(f"Ratings, the latest {LATEST_RATINGS}", [_lines(_rating, ratings.get(one.id)) for one in suppliers]),
        Row(f"Prices, the latest {LATEST_PRICES}", [_lines(_price, prices.get(one.id)) for one in suppliers]),
    ]


def _latest(model: Any, suppliers: list[PublishedSupplier], most: int) -> dict[int, list[Any]]:
    order = [F("dated").desc(), F("pk").desc()]
    rows = model.objects.filter(supplier__in=[supplier.id for supplier in suppliers])
    place = Window(RowNumber(), partition_by=F("supplier"), order_by=order)
    found: dict[int, list[Any]] = {}
    for row in rows.annotate(place=place).filter(place__lte=most).order_by(*order):
        found.setdefault(row.supplier_id, []).append(row)
    return found


def _lines(words: Callable[[Any], str], rows: list[Any] | None) -> Cell:
    return [Line(words(row)) for row in rows or []] or [Line("None known")]


def _rating(rating: Rating) -> str:
    return f"{rating.what}: {rating.grade} ({rating.rated_by}, {day(rating.dated)})"


def _price(price: Price) -> str:
    return f"{price.what}: {money(price.amount)} a {price.unit} ({day(price.dated)})"
