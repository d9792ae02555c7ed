"""Schemes, their contracts, the returns that are filed for them, and what follows from those."""

from reporting.models.assessments import Assessment, AssessmentKpi, KpiRating, LineQuery
from reporting.models.contracts import (
    Amendment,
    BaselineKpi,
    BaselineMilestone,
    Contract,
    ContractParty,
    ContractQuerySet,
)
from reporting.models.flags import Flag, FlagAnswer
from reporting.models.frameworks import FrameworkField
from reporting.models.publication import OpenReportFile, Publication, PublishedRelease, Redaction
from reporting.models.reminders import Reminder
from reporting.models.returns import Answer, Return, ReturnLine, ReturnQuerySet
from reporting.models.schemes import Scheme, SchemeYear
from reporting.models.uploads import FoundReturn, FoundRow, Upload, UploadFinding, UploadQuerySet

__all__ = [
    "Amendment",
    "Answer",
    "Assessment",
    "AssessmentKpi",
    "BaselineKpi",
    "BaselineMilestone",
    "Contract",
    "ContractParty",
    "ContractQuerySet",
    "Flag",
    "FlagAnswer",
    "FoundReturn",
    "FoundRow",
    "FrameworkField",
    "KpiRating",
    "LineQuery",
    "OpenReportFile",
    "Publication",
    "PublishedRelease",
    "Redaction",
    "Reminder",
    "Return",
    "ReturnLine",
    "ReturnQuerySet",
    "Scheme",
    "SchemeYear",
    "Upload",
    "UploadFinding",
    "UploadQuerySet",
]
