"""What a den, a pitch, a panellist, a plan and a pilot may be, and how each moves on."""

from django.db import models


class DenState(models.TextChoices):
    DRAFT = "draft", "Draft"
    OPEN = "open", "Open for pitches"
    SCREENING = "screening", "Screening"
    SCHEDULING = "scheduling", "Being scheduled"
    ON_THE_DAY = "on_the_day", "Pitches being heard"
    DECIDING = "deciding", "Deciding"
    DECIDED = "decided", "Decided"
    ARCHIVED = "archived", "Archived"


# A den that is called off goes to the archive with its reason. The guards stand in `innovation_den.rules`.
DEN_TRANSITIONS: dict[str, set[str]] = {
    DenState.DRAFT: {DenState.OPEN},
    DenState.OPEN: {DenState.SCREENING, DenState.ARCHIVED},
    DenState.SCREENING: {DenState.SCHEDULING, DenState.ARCHIVED},
    DenState.SCHEDULING: {DenState.ON_THE_DAY, DenState.ARCHIVED},
    DenState.ON_THE_DAY: {DenState.DECIDING, DenState.ARCHIVED},
    DenState.DECIDING: {DenState.DECIDED, DenState.ARCHIVED},
    DenState.DECIDED: {DenState.ARCHIVED},
    DenState.ARCHIVED: set(),
}
PUBLIC_DENS = frozenset(DenState) - {DenState.DRAFT}


class Half(models.TextChoices):
    """A half-day, as people say when they are free. Noon belongs to the afternoon."""

    MORNING = "am", "Morning"
    AFTERNOON = "pm", "Afternoon"


class RoomFeature(models.TextChoices):
    """What a room has, and what a pitch may need."""

    STEP_FREE = "step_free", "Step-free access"
    HEARING_LOOP = "hearing_loop", "Hearing loop"
    VIDEO_LINK = "video_link", "Video link for those who join from elsewhere"
    SCREEN = "screen", "Screen to show things on"
    QUIET = "quiet", "Quiet room nearby"


class QuestionType(models.TextChoices):
    """How a den's own question of eligibility is answered."""

    YES_NO = "yes_no", "Yes or no; yes is needed"
    TEXT = "text", "In words; people read it at screening"


class PitchState(models.TextChoices):
    DRAFT = "draft", "Draft"
    SUBMITTED = "submitted", "Submitted"
    WITHDRAWN = "withdrawn", "Withdrawn"
    ACCEPTED = "accepted", "Invited to pitch"
    REJECTED = "rejected", "Not invited to pitch"


PITCH_TRANSITIONS: dict[str, set[str]] = {
    PitchState.DRAFT: {PitchState.SUBMITTED, PitchState.WITHDRAWN},
    PitchState.SUBMITTED: {PitchState.DRAFT, PitchState.WITHDRAWN, PitchState.ACCEPTED, PitchState.REJECTED},
    PitchState.WITHDRAWN: {PitchState.DRAFT},  # until the call closes
    PitchState.ACCEPTED: {PitchState.WITHDRAWN},  # a firm that drops out
    PitchState.REJECTED: {PitchState.ACCEPTED},  # an appeal that is upheld
}


class Verdict(models.TextChoices):
    """What one person thinks of a pitch at screening."""

    ACCEPT = "accept", "Invite to pitch"
    REJECT = "reject", "Do not invite"


class AppealState(models.TextChoices):
    OPEN = "open", "Waiting for a decision"
    UPHELD = "upheld", "Upheld: the firm is invited"
    REFUSED = "refused", "Refused: the decision stands"


class PanelSector(models.TextChoices):
    """Where a panellist comes from. A panel has one of each."""

    CENTRAL = "central", "Central government"
    LOCAL = "local", "Local government"
    SUPPLIER = "supplier", "Large supplier"


class PanellistState(models.TextChoices):
    INVITED = "invited", "Invited"
    ACCEPTED = "accepted", "Accepted"
    DECLINED = "declined", "Declined"
    STOOD_DOWN = "stood_down", "Stood down"


PANELLIST_TRANSITIONS: dict[str, set[str]] = {
    PanellistState.INVITED: {PanellistState.ACCEPTED, PanellistState.DECLINED, PanellistState.STOOD_DOWN},
    PanellistState.ACCEPTED: {PanellistState.STOOD_DOWN},
    PanellistState.DECLINED: {PanellistState.INVITED},
    PanellistState.STOOD_DOWN: {PanellistState.INVITED},
}


class ConflictGround(models.TextChoices):
    """Why a panellist might not be free in their judgement of a pitch."""

    DECLARED = "declared", "Declared by the panellist"
    EMPLOYER = "employer", "Works for, or belongs to, a firm of the pitch"
    GROUP = "group", "Employer and firm belong to one group"
    COMPETITOR = "competitor", "Competes with a firm of the pitch"
    CONTRACT = "contract", "Recent contract between employer and firm"
    ENGAGEMENT = "engagement", "Recent contact over an early-engagement request"
    RECUSED = "recused", "Stepped back on the day"


class ConflictState(models.TextChoices):
    OPEN = "open", "Found, waiting for a decision"
    CONFIRMED = "confirmed", "Confirmed"
    DISMISSED = "dismissed", "Dismissed with a reason"


# A pitch is hidden from the panellist while a conflict is open or confirmed. A dismissal may be taken back.
CONFLICT_TRANSITIONS: dict[str, set[str]] = {
    ConflictState.OPEN: {ConflictState.CONFIRMED, ConflictState.DISMISSED},
    ConflictState.CONFIRMED: {ConflictState.DISMISSED},
    ConflictState.DISMISSED: {ConflictState.CONFIRMED},
}
HIDING = frozenset({ConflictState.OPEN, ConflictState.CONFIRMED})


class PlanKind(models.TextChoices):
    FULL = "full", "Plan everything that is not locked"
    REPAIR = "repair", "Mend what no longer holds, with the fewest moves"


class PlanState(models.TextChoices):
    QUEUED = "queued", "Waiting to start"
    RUNNING = "running", "Searching"
    FINISHED = "finished", "Finished"
    FAILED = "failed", "Stopped by an error"


PLAN_TRANSITIONS: dict[str, set[str]] = {
    PlanState.QUEUED: {PlanState.RUNNING, PlanState.FAILED, PlanState.FINISHED},
    PlanState.RUNNING: {PlanState.FINISHED, PlanState.FAILED, PlanState.QUEUED},
    PlanState.FINISHED: set(),
    PlanState.FAILED: {PlanState.QUEUED},
}


class PlanOutcome(models.TextChoices):
    OPTIMAL = "optimal", "Proven to be the best"
    FEASIBLE = "feasible", "Valid; how much better another could be is said"
    INFEASIBLE = "infeasible", "There is no plan that keeps every rule"
    UNKNOWN = "unknown", "None was found in the time"


class Booked(models.TextChoices):
    """What a slot of the programme takes up."""

    FIRM = "firm", "Firm"
    PANELLIST = "panellist", "Panellist"
    ROOM = "room", "Room"


class SlotState(models.TextChoices):
    """How far a pitch is on the day."""

    PLANNED = "planned", "Not here yet"
    CHECKED_IN = "checked_in", "Here"
    PITCHING = "pitching", "Pitching"
    HEARD = "heard", "Heard"
    NO_SHOW = "no_show", "Did not come"


SLOT_TRANSITIONS: dict[str, set[str]] = {
    SlotState.PLANNED: {SlotState.CHECKED_IN, SlotState.PITCHING, SlotState.NO_SHOW},
    SlotState.CHECKED_IN: {SlotState.PITCHING, SlotState.PLANNED, SlotState.NO_SHOW},
    SlotState.PITCHING: {SlotState.HEARD, SlotState.CHECKED_IN},
    SlotState.HEARD: {SlotState.PITCHING},
    SlotState.NO_SHOW: {SlotState.CHECKED_IN},
}


class SheetState(models.TextChoices):
    DRAFT = "draft", "Not sent"
    SUBMITTED = "submitted", "Submitted"


SHEET_TRANSITIONS: dict[str, set[str]] = {SheetState.DRAFT: {SheetState.SUBMITTED}, SheetState.SUBMITTED: set()}


class Award(models.TextChoices):
    """What is decided of a pitch."""

    SELECTED = "selected", "Selected for the test platform"
    RESERVE = "reserve", "Reserve"
    NOT_SELECTED = "not_selected", "Not selected"


class PilotState(models.TextChoices):
    DRAFT = "draft", "Being set up"
    AGREED = "agreed", "Agreed by both sides"
    RUNNING = "running", "Running"
    REVIEW = "review", "Outcome being written"
    PUBLISHED = "published", "Learning published"
    ABANDONED = "abandoned", "Never started"


PILOT_TRANSITIONS: dict[str, set[str]] = {
    PilotState.DRAFT: {PilotState.AGREED, PilotState.ABANDONED},
    PilotState.AGREED: {PilotState.RUNNING, PilotState.DRAFT, PilotState.ABANDONED},
    PilotState.RUNNING: {PilotState.REVIEW},
    PilotState.REVIEW: {PilotState.PUBLISHED},
    PilotState.PUBLISHED: set(),
    PilotState.ABANDONED: set(),
}


class PilotOutcome(models.TextChoices):
    """What the test showed. Each of them is a result."""

    PROVED = "proved", "Proved: the measure reached its threshold"
    DISPROVED = "disproved", "Disproved: the measure did not reach it"
    INCONCLUSIVE = "inconclusive", "Inconclusive: the test could not tell"


class PilotExit(models.TextChoices):
    SCALE = "scale", "Scale through procurement"
    STOP = "stop", "Stop here"
    TEST_AGAIN = "test_again", "Another test"


class Better(models.TextChoices):
    """Which way a measure should go."""

    HIGHER = "higher", "Higher is better"
    LOWER = "lower", "Lower is better"


class StopWhen(models.TextChoices):
    """When a pilot should stop before its end."""

    MEASURE_BELOW = "measure_below", "The measure falls below"
    MEASURE_ABOVE = "measure_above", "The measure rises above"
    SPENT_ABOVE = "spent_above", "Spending passes (£)"
    NO_LOG_FOR = "no_log_for", "Nothing is logged for (days)"


class Side(models.TextChoices):
    """The two that run a pilot."""

    SPONSOR = "sponsor", "The sponsor"
    FIRM = "firm", "The firm"
