"""The techmap in the admin, one file a noun."""

from techmap.admin import capabilities, evidence, profiles, shortlists

__all__ = ["capabilities", "evidence", "profiles", "shortlists"]
