"""Evidence for suppliers from awards: a public body paid them for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils import timezone

from portal.ocds.fields import Node
from portal.ocds.importers.notices import (
    buyer_of,
    cpv_codes,
    description_of,
    pounds,
    region_of_delivery,
    title_of,
)
from portal.ocds.importing import Change, Run, Verb
from portal.ocds.release import Release
from portal.organisations.models import Organisation
from techmap.actions import guess_claims, record_evidence
from techmap.choices import EvidenceKind
from techmap.models import Evidence
from techmap.queries import guess_capabilities

AWARDS = frozenset({"award", "awardUpdate", "compiled"})
STANDS = frozenset({"", "active"})
LONGEST_URL = 500
# Publishers write a pound or a penny where they mean "not said". And no public contract is worth more than
# the state spends in a month: what claims to be is a slip of the pen, which would outweigh all others.
SMALLEST_VALUE, LARGEST_VALUE = Decimal(2), Decimal(100_000_000_000)


@dataclass
class Win:
    """What the awards of one release come to for one supplier."""

    supplier: Organisation
    dated: date
    url: str
    value: Decimal | None


def import_awards(release: Release, run: Run) -> list[Change]:
    """Record each award that stands as evidence of its suppliers, and guess what they can do from it."""
    if not release.tags & AWARDS:
        return []
    wins: dict[int, Win] = {}
    for win in _wins(release):
        known = wins.setdefault(win.supplier.pk, win)
        if known is not win:  # several lots of one notice
            known.value = _sum(known.value, win.value)
            known.url = known.url or win.url
    return _record(release, list(wins.values())) if wins else []


def _sum(first: Decimal | None, second: Decimal | None) -> Decimal | None:
    return first + second if first and second else first or second


def _wins(release: Release) -> Iterator[Win]:
    for award in release.body.objects("awards"):
        dated = _dated(release, award)
        if dated is None:
            continue
        value = _value(release, award)
        for supplier in _suppliers(release, award):
            yield Win(supplier, dated, _link(award), value)


def _dated(release: Release, award: Node) -> date | None:
    """The day of an award that stands. A notice tells of what is past, so its own date is the latest that can be."""
    if award.words("status") not in STANDS:
        return None
    moment = award.moment("date")
    if moment is None:
        release.leave_out("An award without a date", f"{award.path} has no sound date, so it is no evidence")
        return None
    if moment > release.date:
        detail = f"{award.path}/date is {moment.date()}; the date of the notice was taken"
        release.leave_out("An award dated after its notice", detail)
    return timezone.localtime(min(moment, release.date)).date()


def _value(release: Release, award: Node) -> Decimal | None:
    """The whole contract's value in pounds, whoever shares it. A sum that cannot be meant is left out."""
    value = pounds(release, award.object("value"))
    if value is None or SMALLEST_VALUE <= value <= LARGEST_VALUE:
        return value
    detail = f"{award.path}/value is £{value:,}; the award was taken without it"
    release.leave_out("A value that cannot be meant", detail)
    return None


def _suppliers(release: Release, award: Node) -> list[Organisation]:
    found: dict[int, Organisation] = {}
    for reference in award.objects("suppliers"):
        organisation = release.organisations.get(reference.identifier("id"))
        if organisation is None:
            name = reference.words("name")[:60] or "without a name"
            release.leave_out("A supplier that is no party", f"{reference.path} ({name}) is not among the parties")
        elif not organisation.is_supplier:
            detail = f"{organisation} won the award, but is a public body here; no evidence was recorded"
            release.leave_out("A public body as supplier", detail)
        else:
            found[organisation.pk] = organisation
    return list(found.values())


def _record(release: Release, wins: list[Win]) -> list[Change]:
    """Evidence and guessed claims for all who won; what of it is new, or fuller than before."""
    capabilities = guess_capabilities(
        cpv_codes=cpv_codes(release), text=f"{title_of(release)}\n{description_of(release)}"
    )
    buyer, region = buyer_of(release), region_of_delivery(release)
    written: list[Change] = []
    for win in wins:
        before = _facts(release, win.supplier)
        record_evidence(
            supplier=win.supplier,
            kind=EvidenceKind.AWARD,
            source=release.ocid,
            title=title_of(release) or release.ocid,
            dated=win.dated,
            capabilities=capabilities,
            url=win.url,
            guessed=True,
            value=win.value,
            buyer=buyer,
            buyer_name=release.body.object("buyer").words("name"),
            region=region,
        )
        written += _changes(before, _facts(release, win.supplier))
        claims = guess_claims(supplier=win.supplier, capabilities=capabilities) if capabilities else []
        written += [Change("guessed capability", Verb.CREATED) for _ in claims]
    return written


def _facts(release: Release, supplier: Organisation) -> dict[int, tuple[object, ...]]:
    """What is known of this award, row by row."""
    rows = Evidence.objects.filter(supplier=supplier, kind=EvidenceKind.AWARD, source=release.ocid)
    return {pk: facts for pk, *facts in rows.values_list("pk", "url", "value", "buyer", "buyer_name", "region")}


def _changes(before: dict[int, tuple[object, ...]], after: dict[int, tuple[object, ...]]) -> list[Change]:
    created = [Change("evidence", Verb.CREATED) for pk in after if pk not in before]
    return created + [Change("evidence", Verb.UPDATED) for pk in after if pk in before and before[pk] != after[pk]]


def _link(award: Node) -> str:
    """The award notice's page."""
    links = [
        document.link("url", LONGEST_URL)
        for document in award.objects("documents")
        if document.words("documentType") == "awardNotice"
    ]
    return next(filter(None, links), "")
