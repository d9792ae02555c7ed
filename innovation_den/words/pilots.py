"""What the records of pilots are called on a History page."""

WORDS: dict[str, str] = {
    "innovation_den.pilot.created": "Pilot set up",
    "innovation_den.pilot.saved": "Pilot saved",
    "innovation_den.pilot.unsigned": "Signatures taken back, because the terms changed",
    "innovation_den.pilot.signed": "Terms signed",
    "innovation_den.pilot.started": "Pilot begun",
    "innovation_den.pilot.abandoned": "Pilot given up before it began",
    "innovation_den.pilot.logged": "Log entry made",
    "innovation_den.pilot.spent": "Spending entered",
    "innovation_den.pilot.stop_rule_met": "Stop rule met",
    "innovation_den.pilot.stop_rule_answered": "Stop rule answered: the pilot goes on",
    "innovation_den.pilot.reviewed": "Review point decided",
    "innovation_den.pilot.amendment_proposed": "Change of the terms proposed",
    "innovation_den.pilot.amended": "Terms amended, signed by both sides",
    "innovation_den.pilot.amendment_dropped": "Change of the terms taken back or refused",
    "innovation_den.pilot.ended": "Pilot ended",
    "innovation_den.pilot.published": "Learning published",
    "innovation_den.pilot.scaled": "Request for early engagement named",
}
