"""The matrix's rows of the innovation den: day."""

from __future__ import annotations

from tests.trust.rows import Row

DEN_DAY: dict[str, Row] = {}
