"""What the records of dens are called on a History page."""

WORDS: dict[str, str] = {}
