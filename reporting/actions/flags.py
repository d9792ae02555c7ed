"""Flags: raised and cleared by their rules, answered by either party."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from reporting.models import Contract


@transaction.atomic
def reconsider(contract: Contract, *, now: datetime) -> None:
    """Raise the flags whose rules hold for the contract now, and clear those that hold no longer.

    The caller holds the contract's lock, or it is taken here.
    """
