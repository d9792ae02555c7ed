"""Which questions of the checks are answered. An answer holds for the figures that it was given for, and no others."""

from __future__ import annotations

from collections.abc import Iterable

from reporting.models import Return
from reporting.standards.filing import Finding

Place = tuple[str, str, int]  # check, table and row


def place_of(finding: Finding) -> Place:
    return finding.check, finding.table, finding.row


def figures_in(finding: Finding) -> str:
    """The figure that a question is about, and in how to mend it what that is compared with."""
    return f"{finding.value}\n{finding.mend}"[:500]


def unanswered(filed: Return, findings: Iterable[Finding]) -> list[Finding]:
    """Questions without an answer, or whose figures changed since they were answered."""
    answered = set(filed.answers.values_list("check_id", "table", "row", "figures"))
    return [one for one in findings if not one.is_error and (*place_of(one), figures_in(one)) not in answered]
