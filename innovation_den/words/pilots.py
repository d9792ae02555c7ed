"""What the records of pilots are called on a History page."""

WORDS: dict[str, str] = {}
