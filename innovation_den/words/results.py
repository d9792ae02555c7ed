"""What the records of results and decisions are called on a History page."""

WORDS: dict[str, str] = {
    "innovation_den.score.moderated": "Score changed after the discussion",
    "innovation_den.decision.staged": "Decision written down, not released",
    "innovation_den.decision.letter_edited": "Letter edited",
    "innovation_den.decisions.released": "Decisions released",
}
