"""What the records of dens are called on a History page."""

WORDS: dict[str, str] = {
    "innovation_den.den.published": "Call published",
    "innovation_den.den.closed": "Call closed",
    "innovation_den.den.moved_on": "Den moved on",
    "innovation_den.den.put_off": "Closing of the call put off",
    "innovation_den.den.called_off": "Den called off",
    "innovation_den.pitch.taken_back": "Pitch taken back to a draft",
    "innovation_den.pitch.dropped_out": "Firm dropped out",
    "innovation_den.pitch.file_added": "File added to the pitch",
    "innovation_den.pitch.file_removed": "File removed from the pitch",
    "innovation_den.pitch.partner_invited": "Firm asked to pitch together",
    "innovation_den.pitch.partner_agreed": "Firm agreed to pitch together",
    "innovation_den.pitch.partner_declined": "Firm declined to pitch together",
    "innovation_den.pitch.partner_removed": "Firm taken out of the pitch",
}
