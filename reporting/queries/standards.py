"""Which standard a return is read by: the version that it is pinned to, with the fields of its framework."""

from __future__ import annotations

from reporting import standards
from reporting.models import Return
from reporting.standards import Standard


def standard_of(filed: Return) -> Standard:
    """The one standard by which this return is written, checked, shown and exported."""
    return standards.load(filed.standard)
