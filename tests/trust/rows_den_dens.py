"""The matrix's rows of the innovation den: dens."""

from __future__ import annotations

from tests.trust.rows import Row, public

DEN_DENS: dict[str, Row] = {
    "innovation_den:den-list": public(),
    "innovation_den:den-detail": public("open_den"),
}
