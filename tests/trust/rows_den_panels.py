"""The matrix's rows of the innovation den: panels."""

from __future__ import annotations

from tests.trust.rows import Row

DEN_PANELS: dict[str, Row] = {}
