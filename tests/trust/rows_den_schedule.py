"""The matrix's rows of the innovation den: schedule."""

from __future__ import annotations

from tests.trust.rows import Row

DEN_SCHEDULE: dict[str, Row] = {}
