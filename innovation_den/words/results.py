"""What the records of results are called on a History page."""

WORDS: dict[str, str] = {}
