"""What workers do for the dens: ids only, idempotent, one action each."""

from __future__ import annotations
