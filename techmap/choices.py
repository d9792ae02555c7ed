"""How far a capability claim is borne out, and what kind of evidence bears it."""

from django.db import models


class ClaimOrigin(models.TextChoices):
    SUPPLIER = "supplier", "Claimed by the supplier"
    GUESSED = "guessed", "Guessed from a published notice"


class EvidenceKind(models.TextChoices):
    AWARD = "award", "Award notice"
    ENGAGEMENT = "engagement", "Early engagement"
    RETURN = "return", "Accepted return"
    PILOT = "pilot", "Finished pilot"
    CASE_STUDY = "case_study", "Confirmed case study"
