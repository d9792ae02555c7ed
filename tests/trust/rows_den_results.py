"""The matrix's rows of the innovation den: results."""

from __future__ import annotations

from tests.trust.rows import Row

DEN_RESULTS: dict[str, Row] = {}
