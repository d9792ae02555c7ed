"""What a contract, a return and their parts may be, and how a return moves from due to accepted."""

from django.db import models


class Rhythm(models.TextChoices):
    """How long each period of a contract is. Periods are calendar months, or quarters from January, April, ..."""

    MONTHLY = "monthly", "Monthly"
    QUARTERLY = "quarterly", "Quarterly"


class ContractState(models.TextChoices):
    DRAFT = "draft", "Draft"
    ACTIVE = "active", "Active"
    ENDED = "ended", "Ended"


# The baseline is frozen when a contract becomes active, so it never goes back to draft.
CONTRACT_TRANSITIONS: dict[str, set[str]] = {
    ContractState.DRAFT: {ContractState.ACTIVE},
    ContractState.ACTIVE: {ContractState.ENDED},
    ContractState.ENDED: {ContractState.ACTIVE},
}


class PartyRole(models.TextChoices):
    """OCDS partyRole, as far as a contract in delivery needs it. Buyer and main supplier stand on the contract."""

    JOINT_SUPPLIER = "supplier", "Supplier beside the main one"
    PROCURING_ENTITY = "procuringEntity", "Procuring entity"
    PAYER = "payer", "Payer"
    USER = "user", "User of the service"


class ReturnState(models.TextChoices):
    DUE = "due", "To do"
    DRAFT = "draft", "In progress"
    CHECKING = "checking", "Being checked"
    HAS_ERRORS = "has_errors", "Has errors"
    READY = "ready", "Ready to submit"
    SUBMITTED = "submitted", "Submitted"
    ACCEPTED = "accepted", "Accepted"
    SENT_BACK = "sent_back", "Sent back"
    SUPERSEDED = "superseded", "Replaced by a correction"


# What was submitted is never changed. A correction, asked for or not, is a new return that names the one it
# replaces; submitting it supersedes that one.
_CHECKED: set[str] = {ReturnState.HAS_ERRORS, ReturnState.READY}
RETURN_TRANSITIONS: dict[str, set[str]] = {
    ReturnState.DUE: {ReturnState.DRAFT, ReturnState.CHECKING, ReturnState.SUBMITTED, *_CHECKED},
    ReturnState.DRAFT: {ReturnState.CHECKING, ReturnState.SUBMITTED, *_CHECKED},
    ReturnState.CHECKING: {ReturnState.DRAFT, *_CHECKED},
    ReturnState.HAS_ERRORS: {ReturnState.DRAFT, ReturnState.CHECKING, *_CHECKED},
    ReturnState.READY: {ReturnState.DRAFT, ReturnState.CHECKING, ReturnState.SUBMITTED, *_CHECKED},
    ReturnState.SUBMITTED: {ReturnState.ACCEPTED, ReturnState.SENT_BACK, ReturnState.SUPERSEDED},
    ReturnState.ACCEPTED: {ReturnState.SUPERSEDED},
    ReturnState.SENT_BACK: {ReturnState.SUPERSEDED},
    ReturnState.SUPERSEDED: set(),
}
UNFILED = frozenset(
    {ReturnState.DUE, ReturnState.DRAFT, ReturnState.CHECKING, ReturnState.HAS_ERRORS, ReturnState.READY}
)
STANDING = frozenset({ReturnState.SUBMITTED, ReturnState.ACCEPTED})


class Confidence(models.TextChoices):
    """Delivery confidence of the Government Major Projects Portfolio; five points before 2022, three since."""

    GREEN = "green", "Green"
    AMBER_GREEN = "amber-green", "Amber/Green"
    AMBER = "amber", "Amber"
    AMBER_RED = "amber-red", "Amber/Red"
    RED = "red", "Red"
    RESET = "reset", "Reset"
    EXEMPT = "exempt", "Exempt from publication"


class ReminderTo(models.TextChoices):
    """Who was told that a return is to be filed."""

    SUPPLIER = "supplier", "The supplier's writers"
    OWNERS = "owners", "The supplier's owners, because it is late"
    BUYER = "buyer", "The buyer's writers, because it is late"


class FieldType(models.TextChoices):
    """What a field of the standard may hold."""

    TEXT = "text", "Text"
    DATE = "date", "Date"
    MONEY = "money", "Money: pounds without VAT, two decimal places"
    NUMBER = "number", "Number with up to two decimal places"
    COUNT = "count", "Whole number, 0 or more"
    PERCENTAGE = "percentage", "Percentage, 0 to 100"
    YESNO = "yesno", "Yes or no"
    CODE = "code", "Code from a list"


# --- Files with many returns -------------------------------------------------------------------------


class FileFormat(models.TextChoices):
    XLSX = "xlsx", "Excel workbook"
    ODS = "ods", "OpenDocument spreadsheet"
    CSV = "csv", "CSV file"
    ZIP = "zip", "Zip of CSV files"
    JSON = "json", "JSON"
    JSONL = "jsonl", "JSON Lines"


class UploadState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    READING = "reading", "Being read"
    CHECKED = "checked", "Checked"
    FAILED = "failed", "Could not be read"
    KEEPING = "keeping", "Being kept"
    KEPT = "kept", "Kept"
    DROPPED = "dropped", "Dropped"


UPLOAD_TRANSITIONS: dict[str, set[str]] = {
    UploadState.WAITING: {UploadState.READING, UploadState.DROPPED},
    UploadState.READING: {UploadState.CHECKED, UploadState.FAILED, UploadState.DROPPED},
    UploadState.CHECKED: {UploadState.KEPT, UploadState.KEEPING, UploadState.DROPPED},
    UploadState.KEEPING: {UploadState.KEPT, UploadState.CHECKED},
    UploadState.FAILED: {UploadState.DROPPED},
    # The bad returns of a mixed file wait: they are dropped, or mended in a further file.
    UploadState.KEPT: {UploadState.DROPPED},
    UploadState.DROPPED: set(),
}


class FoundState(models.TextChoices):
    READING = "reading", "Being read"
    GOOD = "good", "No errors"
    BAD = "bad", "Has errors"
    KEPT = "kept", "Kept"


# --- Assessment and flags ----------------------------------------------------------------------------


class AssessmentState(models.TextChoices):
    DRAFT = "draft", "Draft"
    SHARED = "shared", "Waiting for the supplier's reply"
    FINAL = "final", "Final"
    CORRECTED = "corrected", "Replaced by a correction"


ASSESSMENT_TRANSITIONS: dict[str, set[str]] = {
    AssessmentState.DRAFT: {AssessmentState.SHARED},
    # Back to a draft where the reply shows that something is wrong; it is then shared anew.
    AssessmentState.SHARED: {AssessmentState.FINAL, AssessmentState.DRAFT},
    AssessmentState.FINAL: {AssessmentState.CORRECTED},
    AssessmentState.CORRECTED: set(),
}


UNDER_WAY = frozenset({AssessmentState.DRAFT, AssessmentState.SHARED})
PUBLIC_ASSESSMENTS = frozenset({AssessmentState.FINAL, AssessmentState.CORRECTED})


class Breach(models.TextChoices):
    """What obliges an authority to publish a notice of poor performance (Procurement Act 2023, s.71(3) to (5))."""

    PART_ENDED = "part_ended", "A breach, because of which part of the contract was ended"
    DAMAGES = "damages", "A breach, for which damages were awarded"
    SETTLED = "settled", "A breach, which was settled by an agreement"
    NOT_IMPROVED = "not_improved", "Performance that did not improve after a proper opportunity to improve"


class FlagState(models.TextChoices):
    OPEN = "open", "Open"
    ANSWERED = "answered", "Answered"
    CLEARED = "cleared", "No longer holds"


# --- Publication -------------------------------------------------------------------------------------


class Ground(models.TextChoices):
    """Why something is held back from the public. The law that each stands on is said with it."""

    COMMERCIAL = (
        "commercial",
        "Commercially sensitive (Procurement Act 2023, s.94; Freedom of Information Act 2000, s.43)",
    )
    PERSONAL = "personal", "Personal data (Freedom of Information Act 2000, s.40)"
    SECURITY = "security", "National security (Procurement Act 2023, s.94; Freedom of Information Act 2000, s.24)"
    CRIME = "crime", "Law enforcement or the security of systems (Freedom of Information Act 2000, s.31)"
    CONFIDENCE = "confidence", "Given in confidence (Freedom of Information Act 2000, s.41)"
