"""The schedule: plans that a worker searches for, the draft that people move, and the programme that is released.

Rules may be broken in the draft, and it says which. The programme is held by the database: nobody and
no room is in two places at once.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models
from django.db.models import F, Func, Q, Value

from innovation_den.choices import Booked, PlanKind, PlanOutcome, PlanState, SlotState
from portal.addresses import address
from portal.records import SubmittedOnce, Versioned

if TYPE_CHECKING:
    from innovation_den.models.panels import Panellist


class PlanRun(SubmittedOnce):
    """One search for a plan. The worker writes here how far it is, and reads here whether it should stop."""

    den = models.ForeignKey("innovation_den.Den", on_delete=models.CASCADE, related_name="plan_runs")
    kind = models.CharField(max_length=10, choices=PlanKind.choices, default=PlanKind.FULL)
    state = models.CharField(max_length=10, choices=PlanState.choices, default=PlanState.QUEUED)
    outcome = models.CharField(max_length=10, choices=PlanOutcome.choices, blank=True)
    seconds = models.PositiveSmallIntegerField("longest search, in seconds", default=60)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True, help_text="When the worker last wrote.")
    finished_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="How many workers have begun it.")
    is_stop_asked = models.BooleanField(default=False)
    best = models.FloatField(null=True, blank=True, help_text="Penalty of the best plan so far: less is better.")
    bound = models.FloatField(null=True, blank=True, help_text="No plan can have less.")
    steps = models.JSONField(default=list, blank=True, help_text="[[seconds, best, bound], ...] as it went.")
    plan = models.JSONField(null=True, blank=True, help_text="The best plan, as `innovation_den.planning` writes it.")
    says = models.JSONField(default=list, blank=True, help_text="In words: why there is none, and what would mend it.")
    applied_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=PlanState.values), name="plan_state_known"),
            models.UniqueConstraint(
                fields=["den"],
                condition=Q(state__in=[PlanState.QUEUED, PlanState.RUNNING]),
                name="plan_one_search_a_den",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.get_state_display()}"

    @property
    def is_at_work(self) -> bool:
        return self.state in {PlanState.QUEUED, PlanState.RUNNING}

    @property
    def result(self) -> Any:
        """The plan that it came to. While it searches there is only what a worker which dies would leave."""
        return None if self.is_at_work else self.plan

    @property
    def gap(self) -> float | None:
        """How much better a plan could still be, as a share of the best one's penalty; 0 where it is proven."""
        if self.best is None or self.bound is None:
            return None
        return max(0.0, (self.best - self.bound) / max(1.0, abs(self.best)))


class Placement(Versioned):
    """Where the draft puts a pitch. Moved by hand or by a plan; what is locked no plan moves."""

    pitch = models.OneToOneField("innovation_den.Pitch", on_delete=models.CASCADE, related_name="placement")
    session = models.ForeignKey("innovation_den.Session", on_delete=models.CASCADE, related_name="placements")
    slot = models.PositiveSmallIntegerField(help_text="Its number in the session, from 0.")
    room = models.ForeignKey("innovation_den.Room", on_delete=models.CASCADE, related_name="placements")
    panel: models.ManyToManyField[Panellist, models.Model] = models.ManyToManyField(
        "innovation_den.Panellist", related_name="placements", blank=True
    )
    is_locked = models.BooleanField(default=False)

    class Meta:
        ordering = ["session__starts_at", "slot", "room__name", "id"]

    def __str__(self) -> str:
        return f"{self.pitch}: {self.session}, slot {self.slot + 1}"

    @property
    def during(self) -> tuple[datetime, datetime]:
        return self.session.slots[self.slot]


class Release(SubmittedOnce):
    """What was released, and to whom it made a difference. Never changed; a further one follows."""

    den = models.ForeignKey("innovation_den.Den", on_delete=models.PROTECT, related_name="releases")
    number = models.PositiveSmallIntegerField()
    note = models.CharField("what has changed, in a sentence", max_length=500, blank=True)
    content = models.JSONField(help_text="Every slot with its room, firms and panel as they were released.")
    differences = models.JSONField(default=list, help_text="Against the release before, in words.")
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    released_at = models.DateTimeField()

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["den", "number"], name="release_number_once")]
        triggers = [pgtrigger.Protect(name="release_is_final", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"Release {self.number}"


class Slot(Versioned):
    """A pitch's place on the released programme, and how far it is on the day."""

    pitch = models.OneToOneField("innovation_den.Pitch", on_delete=models.PROTECT, related_name="slot")
    den = models.ForeignKey("innovation_den.Den", on_delete=models.PROTECT, related_name="programme")
    session = models.ForeignKey("innovation_den.Session", on_delete=models.PROTECT, related_name="programme")
    room = models.ForeignKey("innovation_den.Room", on_delete=models.PROTECT, related_name="programme")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=SlotState.choices, default=SlotState.PLANNED)
    sequence = models.PositiveIntegerField(default=0, help_text="Of its calendar entry (RFC 5545, 3.8.7.4).")
    cancelled_at = models.DateTimeField(null=True, blank=True)
    checked_in_at = models.DateTimeField(null=True, blank=True)
    began_at = models.DateTimeField(null=True, blank=True)
    heard_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["starts_at", "room__name", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="slot_ends_after_it_starts"),
            models.CheckConstraint(condition=Q(state__in=SlotState.values), name="slot_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.pitch}: {self.starts_at:%-d %B %Y %H:%M}"

    def get_absolute_url(self) -> str:
        return address("innovation_den:slot-detail", self.pitch.reference)


class SlotInvitation(models.Model):
    """Who was asked to a slot, and what they were told last: whoever is no longer expected hears of it."""

    slot = models.ForeignKey(Slot, on_delete=models.CASCADE, related_name="invitations")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="den_invitations")
    sequence = models.PositiveIntegerField(default=0, help_text="Of this person's calendar entry.")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    room = models.CharField(max_length=100)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["slot__starts_at", "id"]
        constraints = [models.UniqueConstraint(fields=["slot", "user"], name="slot_invitation_once")]

    def __str__(self) -> str:
        return f"{self.user}: {self.slot_id}"


def _alone(column: str) -> Func:
    """One number as a range, which needs no extension to stand in an exclusion constraint."""
    return Func(F(column), F(column), Value("[]"), function="int8range")


def _never_twice(column: str, name: str) -> ExclusionConstraint:
    return ExclusionConstraint(
        name=name,
        expressions=[(_alone(column), "&&"), ("during", "&&")],
        condition=Q(**{f"{column}__isnull": False}),
    )


class Booking(models.Model):
    """One firm, one person or one room, taken for one slot. The database refuses the second for the same time."""

    slot = models.ForeignKey(Slot, on_delete=models.CASCADE, related_name="bookings")
    kind = models.CharField(max_length=10, choices=Booked.choices)
    firm = models.ForeignKey(
        "organisations.Organisation", null=True, blank=True, on_delete=models.PROTECT, related_name="den_bookings"
    )
    panellist = models.ForeignKey(
        "innovation_den.Panellist", null=True, blank=True, on_delete=models.PROTECT, related_name="bookings"
    )
    # The panellist as a person: the same one may sit in two dens.
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="den_bookings"
    )
    room = models.ForeignKey(
        "innovation_den.Room", null=True, blank=True, on_delete=models.PROTECT, related_name="bookings"
    )
    during = DateTimeRangeField(help_text="From the start up to, and without, the end.")

    class Meta:
        ordering = ["during", "id"]
        constraints = [
            models.CheckConstraint(
                name="booking_takes_one_thing",
                condition=Q(kind=Booked.FIRM, firm__isnull=False, person=None, panellist=None, room=None)
                | Q(kind=Booked.PANELLIST, firm=None, person__isnull=False, panellist__isnull=False, room=None)
                | Q(kind=Booked.ROOM, firm=None, person=None, panellist=None, room__isnull=False),
            ),
            _never_twice("firm_id", "booking_firm_never_twice"),
            _never_twice("person_id", "booking_person_never_twice"),
            _never_twice("room_id", "booking_room_never_twice"),
        ]

    def __str__(self) -> str:
        return f"{self.firm or self.panellist or self.room}"


class CalendarFeed(models.Model):
    """A private address from which a calendar reads its owner's slots. Drawn anew, the old one is dead."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="den_feed")
    token_hash = models.CharField(max_length=64, unique=True)
    drawn_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Calendar of {self.user}"
