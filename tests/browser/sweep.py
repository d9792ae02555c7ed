"""Every page of the portal that somebody may open, with a person who may."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from django.conf import settings
from django.urls import reverse

from tests.browser.visitor import Visitor
from tests.trust.matrix import MATRIX
from tests.trust.rows import address_part
from tests.trust.world import World

WIDTHS = (1280, 320)
NOT_PAGES = {
    "engagement:request-feed",
    "innovation_den:den-feed",
    "innovation_den:pitch-export",
    "innovation_den:plan-chart",
    "innovation_den:plan-progress",
    "innovation_den:programme-ics",
    "innovation_den:schedule-json",
    "innovation_den:slot-invitation",
    "innovation_den:feed",
    "files:file-download",
    "health",
    "health-live",
    "api:capability-list",
    "api:den-detail",
    "api:den-list",
    "api:den-programme",
    "api:pilot-detail",
    "api:pilot-list",
    "api:schema",
    "api:supplier-detail",
    "api:supplier-list",
    "reporting:contract-file-template",
    "api:standard-detail",
    "api:standard-list",
    "innovation_den:library-csv",
    "innovation_den:pilot-chart",
    "techmap:bulk-download",
    "reporting:quality-chart",
    "reporting:assessment-notice-json",
    "reporting:contract-chart",
    "reporting:contract-record",
    "reporting:contract-releases",
    "reporting:open-data-download",
    "reporting:report-feed",
    "reporting:compare-chart",
    "reporting:cost-chart",
    "reporting:return-export",
    "reporting:supplier-chart",
    "reporting:upload-annotated",
    "reporting:upload-progress",
    "reporting:standard-csv",
    "reporting:standard-schema",
    "reporting:standard-workbook",
    "innovation_den:record-chart",
    "innovation_den:record-csv",
    "innovation_den:record-json",
    "innovation_den:result-chart",
    "techmap:landscape-png",
    "techmap:landscape-svg",
    "techmap:market-chart",
    "techmap:market-download",
    "techmap:name-complete",
    "techmap:supplier-csv",
    "techmap:supplier-xlsx",
}
READABLE = sorted(name for name, row in MATRIX.items() if row.get and name not in NOT_PAGES)


def sign_in(visitor: Visitor, world: World, role: str) -> Visitor:
    visitor.context.clear_cookies()
    if key := world.sessions.get(role):
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": key, "url": visitor.site}
        visitor.context.add_cookies([cookie])  # type: ignore[list-item]
    return visitor


def pages(world: World) -> Iterator[tuple[str, str]]:
    """Each page's address, with someone who may open it."""
    for name in READABLE:
        row = MATRIX[name]
        assert row.get
        yield row.get[0], reverse(name, args=[address_part(world, thing) for thing in row.things])


def faults_of(visitor: Visitor, world: World, half: int) -> list[str]:
    """What is wrong with any page of one half of them, 0 or 1, looked at by the first of those who may open it.

    Each is seen at the width of a desktop and at 320 px, which is that desktop at 400 % zoom.
    """
    faults = []
    for role, path in islice(pages(world), half, None, 2):
        for width in WIDTHS:
            visitor.page.set_viewport_size({"width": width, "height": 900})
            try:
                if width == WIDTHS[0]:
                    sign_in(visitor, world, role).go(path)
                else:
                    visitor.check()
            except AssertionError as fault:
                faults.append(f"{width} px: {fault}"[:1500])
                visitor.faults.clear()
    return faults
