"""What the records of panels are called on a History page."""

WORDS: dict[str, str] = {}
