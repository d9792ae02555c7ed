"""What the records of schedule are called on a History page."""

WORDS: dict[str, str] = {}
