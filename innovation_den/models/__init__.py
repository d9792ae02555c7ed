"""Dens, the pitches made to them, who hears them when, what they score, and the pilots that follow."""

from innovation_den.models.decisions import DecisionRecord, Moderation, PitchDecision
from innovation_den.models.dens import Criterion, Den, EligibilityQuestion, Room, Session
from innovation_den.models.panels import Conflict, FreeHalfDay, Panellist
from innovation_den.models.pilot_log import LogEntry, PilotAmendment, SpendEntry
from innovation_den.models.pilots import Pilot, ReviewPoint, StopRule
from innovation_den.models.pitches import Appeal, EligibilityAnswer, Pitch, PitchHalfDay, PitchPartner, Screening
from innovation_den.models.schedule import Booking, CalendarFeed, Placement, PlanRun, Release, Slot, SlotInvitation
from innovation_den.models.scores import Score, ScoreSheet

__all__ = [
    "Appeal",
    "Booking",
    "CalendarFeed",
    "Conflict",
    "Criterion",
    "DecisionRecord",
    "Den",
    "EligibilityAnswer",
    "EligibilityQuestion",
    "FreeHalfDay",
    "LogEntry",
    "Moderation",
    "Panellist",
    "Pilot",
    "PilotAmendment",
    "Pitch",
    "PitchDecision",
    "PitchHalfDay",
    "PitchPartner",
    "Placement",
    "PlanRun",
    "Release",
    "ReviewPoint",
    "Room",
    "Score",
    "ScoreSheet",
    "Screening",
    "Session",
    "Slot",
    "SlotInvitation",
    "SpendEntry",
    "StopRule",
]
