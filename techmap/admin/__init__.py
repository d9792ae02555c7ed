"""The techmap in the admin, one file a noun."""

from techmap.admin import capabilities, evidence, profiles

__all__ = ["capabilities", "evidence", "profiles"]
