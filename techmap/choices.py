"""The words of the techmap: claims and what bears them out, and what a profile says in codes."""

from django.db import models


class ClaimOrigin(models.TextChoices):
    SUPPLIER = "supplier", "Claimed by the supplier"
    GUESSED = "guessed", "Guessed from a published notice"


class Level(models.TextChoices):
    """How deep a claim goes, in the supplier's own words."""

    SOME = "some", "We have done it"
    REGULAR = "regular", "We do it regularly"
    SPECIALIST = "specialist", "It is what we specialise in"


class Support(models.TextChoices):
    """How far evidence bears a claim out today. `techmap.support` holds the rule; it changes with time alone too."""

    UNSUPPORTED = "unsupported", "No evidence"
    SUPPORTED = "supported", "Supported by evidence"
    VERIFIED = "verified", "Verified by a public body"


class EvidenceKind(models.TextChoices):
    AWARD = "award", "Award notice"
    SPEND = "spend", "Published spend"
    ENGAGEMENT = "engagement", "Early engagement"
    RETURN = "return", "Accepted return"
    PILOT = "pilot", "Finished pilot"
    CASE_STUDY = "case_study", "Confirmed case study"


class Sector(models.TextChoices):
    """The parts of the public sector that a supplier works for."""

    CENTRAL = "central", "Central government"
    LOCAL = "local", "Local government"
    HEALTH = "health", "Health and social care"
    EDUCATION = "education", "Education"
    EMERGENCY = "emergency", "Police, fire and ambulance"
    JUSTICE = "justice", "Justice"
    DEFENCE = "defence", "Defence and security"
    TRANSPORT = "transport", "Transport"
    HOUSING = "housing", "Housing"
    ENVIRONMENT = "environment", "Environment and agriculture"
    CULTURE = "culture", "Culture and heritage"
    UTILITIES = "utilities", "Utilities"


class AccreditationKind(models.TextChoices):
    CYBER_ESSENTIALS = "cyber-essentials", "Cyber Essentials"
    CYBER_ESSENTIALS_PLUS = "cyber-essentials-plus", "Cyber Essentials Plus"
    ISO_27001 = "iso-27001", "ISO 27001: information security"
    ISO_27017 = "iso-27017", "ISO 27017: security of cloud services"
    ISO_27701 = "iso-27701", "ISO 27701: privacy"
    ISO_20000 = "iso-20000", "ISO 20000: service management"
    ISO_22301 = "iso-22301", "ISO 22301: business continuity"
    ISO_9001 = "iso-9001", "ISO 9001: quality"
    ISO_14001 = "iso-14001", "ISO 14001: environment"
    SOC_2 = "soc-2", "SOC 2"
    PCI_DSS = "pci-dss", "PCI DSS: card payments"
    DSPT = "dspt", "NHS Data Security and Protection Toolkit"
    LIVING_WAGE = "living-wage", "Living Wage employer"


class ContactRole(models.TextChoices):
    """What a person at the supplier is the one to ask about."""

    SALES = "sales", "New work"
    BIDS = "bids", "Tenders and frameworks"
    TECHNICAL = "technical", "Technology"
    SECURITY = "security", "Security and data protection"
    ACCESSIBILITY = "accessibility", "Accessibility"
    DELIVERY = "delivery", "Work under way"


class RefereeAnswer(models.TextChoices):
    CONFIRMED = "confirmed", "Confirmed"
    DECLINED = "declined", "Not confirmed"


class RefereeState(models.TextChoices):
    """Where a question to a referee stands, given the answer, the time and what the case study says today."""

    WAITING = "waiting", "Waiting for an answer"
    EXPIRED = "expired", "Not answered in time"
    CONFIRMED = "confirmed", "Confirmed"
    DECLINED = "declined", "Not confirmed"
    OUTDATED = "outdated", "You changed the case study since"


class ShortlistState(models.TextChoices):
    OPEN = "open", "Open"
    LOCKED = "locked", "Locked"


# A decision record is locked for good: what was decided and why can be read, and never changed.
SHORTLIST_TRANSITIONS: dict[str, set[str]] = {
    ShortlistState.OPEN: {ShortlistState.LOCKED},
    ShortlistState.LOCKED: set(),
}


class ShortlistOutcome(models.TextChoices):
    """How the look at the market ended."""

    AWARD = "award", "Direct award under a framework"
    COMPETITION = "competition", "Competition among those left"
    ENGAGEMENT = "engagement", "Early engagement first"
    NONE = "none", "No supplier fits"


class MatchState(models.TextChoices):
    WAITING = "waiting", "Waiting for a decision"
    SAME = "same", "The same supplier: merged"
    DIFFERENT = "different", "Two suppliers"


MATCH_TRANSITIONS: dict[str, set[str]] = {
    MatchState.WAITING: {MatchState.SAME, MatchState.DIFFERENT},
    # A merge can be undone, and a pair told apart can be looked at again.
    MatchState.SAME: {MatchState.DIFFERENT},
    MatchState.DIFFERENT: {MatchState.WAITING},
}
