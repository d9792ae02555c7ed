"""Evidence for suppliers from awards: a public body paid them for it."""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from portal.ocds.fields import Node
from portal.ocds.importers.notices import cpv_codes, description_of, title_of
from portal.ocds.importing import Change, Run, Verb
from portal.ocds.release import Release
from portal.organisations.models import Organisation
from techmap.actions import guess_claims, record_evidence
from techmap.choices import EvidenceKind
from techmap.models import Capability, Evidence
from techmap.queries import guess_capabilities

AWARDS = frozenset({"award", "awardUpdate", "compiled"})
STANDS = frozenset({"", "active"})
LONGEST_URL = 500


def import_awards(release: Release, run: Run) -> list[Change]:
    """Record each award that stands as evidence of its suppliers, and guess what they can do from it."""
    if not release.tags & AWARDS:
        return []
    changes: list[Change] = []
    capabilities: list[Capability] | None = None
    for award in release.body.objects("awards"):
        dated = _dated(release, award)
        if dated is None:
            continue
        if capabilities is None:
            text = f"{title_of(release)}\n{description_of(release)}"
            capabilities = guess_capabilities(cpv_codes=cpv_codes(release), text=text)
        for supplier in _suppliers(release, award):
            changes += _record(release, award, supplier, dated, capabilities)
    return changes


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


def _record(
    release: Release, award: Node, supplier: Organisation, dated: date, capabilities: list[Capability]
) -> list[Change]:
    rows = Evidence.objects.filter(supplier=supplier, kind=EvidenceKind.AWARD, source=release.ocid)
    before = rows.count()
    record_evidence(
        supplier=supplier,
        kind=EvidenceKind.AWARD,
        source=release.ocid,
        title=title_of(release) or release.ocid,
        dated=dated,
        capabilities=capabilities,
        url=_link(award),
        guessed=True,
    )
    claims = guess_claims(supplier=supplier, capabilities=capabilities) if capabilities else []
    written = [Change("evidence", Verb.CREATED)] * (rows.count() - before)
    return written + [Change("guessed capability", Verb.CREATED) for _ in claims]


def _link(award: Node) -> str:
    """The award notice's page."""
    links = [
        document.link("url", LONGEST_URL)
        for document in award.objects("documents")
        if document.words("documentType") == "awardNotice"
    ]
    return next(filter(None, links), "")
