"""Early-engagement requests from releases that announce one."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from engagement.actions.imports import ImportedNotice, Saved, save_imported_request
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
from portal.ocds.problems import NotImported
from portal.ocds.release import Release
from portal.ocds.text import cut, mend_line_ends
from portal.refusals import Refused
from techmap.queries import guess_capabilities

NOUN = "request"
NOTICE = "marketEngagementNotice"
PLANNING = frozenset({"planning", "planningUpdate"})
COMPILED = "compiled"
LONGEST_TITLE = 150
LONGEST_URL = 500
CANNOT = "An early-engagement notice that cannot be shown"


def import_engagement(release: Release, run: Run) -> list[Change]:
    """Keep the release's early-engagement notice as a request. Raises `NotImported` where it is unsound."""
    if not release.tags & (PLANNING | {COMPILED}):
        return []
    planning = release.body.object("planning")
    notices = [document for document in planning.objects("documents") if document.words("documentType") == NOTICE]
    if not notices:
        if release.tags & PLANNING:
            release.leave_out("No early-engagement notice", f"the release is tagged planning, but has no {NOTICE}")
        return []
    notice = _read_notice(release, planning, notices[-1])
    try:
        _, saved = save_imported_request(notice=notice, now=run.now)
    except Refused as refused:
        raise NotImported("Refused by the portal", str(refused)) from refused
    if saved is Saved.OLDER:
        release.leave_out("Older than what is here", "a later release of the same ocid was imported; it stays")
    return [Change(NOUN, Verb(saved))] if saved in (Saved.CREATED, Saved.UPDATED) else []


def _read_notice(release: Release, planning: Node, document: Node) -> ImportedNotice:
    tender = release.body.object("tender")
    authority, title = buyer_of(release), title_of(release)
    if authority is None:
        raise _unsound(release, "it names no buyer among its parties")
    if not title:
        raise _unsound(release, "it has no title")
    milestone, closes_at = _engagement_end(planning)
    if milestone is None or closes_at is None:
        raise _unsound(release, "no milestone of the type engagement has a dueDate, so its end is not known")
    description = description_of(release)
    low, high = _values(release, tender)
    period = tender.object("contractPeriod")
    start, end = period.day("startDate"), period.day("endDate")
    return ImportedNotice(
        ocid=release.ocid,
        release_id=release.id,
        released_at=release.date,
        source_url=document.link("url", LONGEST_URL),
        authority=authority,
        title=cut(title, LONGEST_TITLE),
        problem=description if len(title) <= LONGEST_TITLE else f"{title}\n\n{description}".strip(),
        process=mend_line_ends(milestone.text("description")),
        published_at=document.moment("datePublished") or release.date,
        closes_at=closes_at,
        region=region_of_delivery(release),
        value_low=low,
        value_high=high,
        contract_start=start,
        contract_end=end,
        capabilities=tuple(guess_capabilities(cpv_codes=cpv_codes(release), text=f"{title}\n{description}")),
    )


def _unsound(release: Release, why: str) -> NotImported:
    """Say with it what was met on the way: a date that is no date explains why the end is not known."""
    met = "; ".join(problem.detail for problem in release.problems[:3])
    return NotImported(CANNOT, f"{why} ({met})" if met else why)


def _engagement_end(planning: Node) -> tuple[Node | None, datetime | None]:
    """The latest end of engagement among the milestones."""
    ends = [
        (milestone, due)
        for milestone in planning.objects("milestones")
        if milestone.words("type") == "engagement" and (due := milestone.moment("dueDate", end_of_day=True))
    ]
    return max(ends, key=lambda pair: pair[1], default=(None, None))


def _values(release: Release, tender: Node) -> tuple[Decimal | None, Decimal | None]:
    """Lowest and highest value in pounds. One sum alone is both."""
    low, high = (pounds(release, tender.object(key)) for key in ("minValue", "value"))
    low, high = low or high, high or low
    return (high, low) if low is not None and high is not None and low > high else (low, high)
