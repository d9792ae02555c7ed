"""The techmap in the admin, one file a noun."""

from techmap.admin import capabilities, evidence, frameworks, identities, profiles, search, shortlists

__all__ = ["capabilities", "evidence", "frameworks", "identities", "profiles", "search", "shortlists"]
