"""The matrix's rows of the innovation den: pilots."""

from __future__ import annotations

from tests.trust.rows import Row

DEN_PILOTS: dict[str, Row] = {}
