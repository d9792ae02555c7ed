"""What the records of panels are called on a History page."""

WORDS: dict[str, str] = {
    "innovation_den.screening.given": "View given at screening",
    "innovation_den.pitch.accepted": "Invited to pitch",
    "innovation_den.pitch.rejected": "Not invited to pitch",
    "innovation_den.appeal.made": "Appeal made",
    "innovation_den.appeal.upheld": "Appeal upheld",
    "innovation_den.appeal.refused": "Appeal refused",
    "innovation_den.panellist.invited": "Panellist invited",
    "innovation_den.panellist.invited_again": "Panellist invited again",
    "innovation_den.panellist.edited": "Panellist changed",
    "innovation_den.panellist.accepted": "Seat accepted",
    "innovation_den.panellist.declined": "Invitation declined",
    "innovation_den.panellist.stood_down": "Panellist stood down",
    "innovation_den.panellist.declared": "Interests declared",
    "innovation_den.panellist.described": "Employer and expertise given",
    "innovation_den.panellist.said_when_free": "Availability given",
    "innovation_den.conflict.declared": "Conflict declared",
    "innovation_den.conflict.recused": "Stepped back from a pitch",
    "innovation_den.conflict.confirmed": "Conflict confirmed",
    "innovation_den.conflict.dismissed": "Conflict dismissed",
}
