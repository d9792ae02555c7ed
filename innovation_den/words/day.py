"""What the records of day are called on a History page."""

WORDS: dict[str, str] = {
    "innovation_den.slot.put_back": "Check-in of a firm undone",
    "innovation_den.slot.checked_in": "Firm checked in",
    "innovation_den.slot.began": "Pitch begun",
    "innovation_den.slot.heard": "Pitch ended",
    "innovation_den.slot.missed": "Firm did not come",
    "innovation_den.sheet.submitted": "Score sheet submitted",
}
