"""What the checks find in a return that is not filed yet, each with the form where it is mended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse

from reporting.choices import FoundState, ReturnState
from reporting.models import Return, UploadFinding
from reporting.queries.returns import filing_of, known_of
from reporting.standards import RETURN, Standard, Table
from reporting.standards.filing import Finding, check

MOST_CHECKED = 5_000  # lines that are checked while somebody waits for the page
MOST_FINDINGS = 100  # shown on the page


def findings_of(filed: Return, standard: Standard, lines: int) -> list[Finding]:
    """Checked afresh; of a long return that is ready, what was found when its file was read."""
    if not (filed.is_unfiled and filed.started_at):
        return []
    if lines > MOST_CHECKED and filed.state == ReturnState.READY:
        kept = _found_in_its_file(filed)
        if kept is not None:
            return kept
    return check(filing_of(filed), standard, known_of(filed))


def _found_in_its_file(filed: Return) -> list[Finding] | None:
    """None where it was not kept from a file."""
    found = filed.found_in.filter(state=FoundState.KEPT).order_by("-upload__uploaded_at", "-pk").first()
    if found is None:
        return None
    return [_as_finding(one) for one in found.findings.order_by("pk")[: 10 * MOST_FINDINGS]]


def _as_finding(one: UploadFinding) -> Finding:
    return Finding(one.check_id, one.table, one.row, one.field, one.value, one.says, one.mend, one.severity)


@dataclass(frozen=True)
class Placed:
    """A finding with its table and the address of the box where it is mended."""

    finding: Finding
    table: Table
    url: str


def placed(findings: Iterable[Finding], filed: Return, standard: Standard) -> list[Placed]:
    return [Placed(one, standard.table(one.table), _url(one, filed, standard)) for one in findings]


def _url(one: Finding, filed: Return, standard: Standard) -> str:
    keys = {item.name for item in standard.keys} | {"period_end"}
    if one.table == RETURN:
        address = reverse("reporting:return-edit", args=[filed.public_id])
        return address if one.field in keys else f"{address}#id_{one.field}"
    address = reverse("reporting:line-edit", args=[filed.public_id, one.table, max(one.row, 1)])
    return f"{address}#id_{one.field}"
