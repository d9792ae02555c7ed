"""Staff read what the dens hold; every write has rules and lives in the actions."""

from innovation_den.admin import decisions, dens, panels, pilots, pitches, schedule, scores

__all__ = ["decisions", "dens", "panels", "pilots", "pitches", "schedule", "scores"]
