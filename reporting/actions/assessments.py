"""Assessments of contracts: drafted, shared with the supplier, made final, corrected by a further one."""

from __future__ import annotations

from reporting.actions.told import take_back_told, tell_all, tell_prices

__all__ = ["take_back_told", "tell_all", "tell_prices"]
