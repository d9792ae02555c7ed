"""What the records of schedule are called on a History page."""

WORDS: dict[str, str] = {
    "innovation_den.slot.moved": "Slot moved",
    "innovation_den.slot.reseated": "Seat on a panel given to another",
    "innovation_den.slot.seat_filled": "Empty seat on a panel filled",
    "innovation_den.programme.released": "Programme released",
    "innovation_den.plan.asked": "Plan asked for",
    "innovation_den.plan.stopped": "Search for a plan stopped",
    "innovation_den.plan.finished": "Search for a plan finished",
    "innovation_den.plan.failed": "Search for a plan broken off",
    "innovation_den.plan.applied": "Plan taken over into the draft",
    "innovation_den.placement.moved": "Pitch moved in the draft",
    "innovation_den.placement.removed": "Pitch taken out of the draft",
    "innovation_den.placement.locked": "Pitch locked in the draft",
    "innovation_den.placement.unlocked": "Pitch unlocked in the draft",
}
