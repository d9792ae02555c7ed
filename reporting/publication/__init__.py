"""What the public sees of a contract: what is held back, OCDS releases and records, and flat tables."""
