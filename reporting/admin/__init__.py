"""Staff read what reporting holds; every write has rules and lives in the actions."""

from reporting.admin import assessments, contracts, flags, frameworks, publication, returns, schemes, uploads

__all__ = ["assessments", "contracts", "flags", "frameworks", "publication", "returns", "schemes", "uploads"]
