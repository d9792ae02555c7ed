"""What the records of day are called on a History page."""

WORDS: dict[str, str] = {}
