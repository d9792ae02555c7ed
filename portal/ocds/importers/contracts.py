"""Contracts from awards: who bought what from whom, for how much and for how long.

An award that does not say all of it is evidence all the same, and makes no contract. What is damaged in its
parties is listed where they are read.
"""

from __future__ import annotations

from portal.ocds.fields import Node
from portal.ocds.importers.notices import buyer_of, cpv_codes, description_of, pounds, title_of
from portal.ocds.importers.techmap import AWARDS, STANDS
from portal.ocds.importing import Change, Run, Verb
from portal.ocds.release import Release
from portal.organisations.models import Organisation
from reporting.actions.imports import ImportedContract, import_contract
from techmap.queries import guess_capabilities

NOUN = "contract"


def import_contracts(release: Release, run: Run) -> list[Change]:
    """One published contract for each award that stands. An award of many suppliers has the first as the main one."""
    if not release.tags & AWARDS:
        return []
    buyer = buyer_of(release)
    changes: list[Change] = []
    for award in release.body.objects("awards"):
        if award.words("status") not in STANDS:
            continue
        contract = _read(release, award, buyer)
        if contract is None:
            continue
        verb = import_contract(contract=contract)
        if verb:
            changes.append(Change(NOUN, Verb(verb)))
    return changes


def _read(release: Release, award: Node, buyer: Organisation | None) -> ImportedContract | None:
    suppliers = _suppliers(release, award, buyer)
    period = award.object("contractPeriod")
    start, end = period.day("startDate"), period.day("endDate")
    if not (buyer and suppliers and start and end):
        return None
    if end < start:
        release.leave_out("A contract that ends before it starts", f"{period.path} is from {start} to {end}")
        return None
    title, codes = title_of(release) or release.ocid, cpv_codes(release)
    text = f"{title}\n{description_of(release)}"
    return ImportedContract(
        number=award.identifier("id")[:60] or release.ocid[:60],
        ocid=release.ocid[:120],
        title=title[:200],
        description=description_of(release)[:5000],
        buyer=buyer,
        suppliers=suppliers,
        value=pounds(release, award.object("value")),
        starts_on=start,
        ends_on=end,
        released_at=release.date,
        cpv_codes=[code[:8] for code in codes],
        capabilities=guess_capabilities(cpv_codes=codes, text=text),
    )


def _suppliers(release: Release, award: Node, buyer: Organisation | None) -> list[Organisation]:
    found = (release.organisations.get(one.identifier("id")) for one in award.objects("suppliers"))
    return [one for one in dict.fromkeys(found) if one and one != buyer]
