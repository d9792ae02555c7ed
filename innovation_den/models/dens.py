"""Dens: a challenge, who may pitch, by what it is judged, and where and when it is heard."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from innovation_den.choices import PUBLIC_DENS, DenState, Half, PanelSector, QuestionType, RoomFeature
from portal.addresses import address
from portal.organisations.choices import Size
from portal.organisations.models import Organisation
from portal.organisations.permissions import can_view_organisation
from portal.records import Region, SubmittedOnce, Versioned, draw_letters

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User
    from portal.audit.models import EventQuerySet

HIGHEST_SCORE = 5


def frozen_with_the_den(name: str) -> pgtrigger.Trigger:
    """What firms rely on once they can read it: nobody changes or removes it after the call is published."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        func="""
            IF EXISTS (SELECT 1 FROM innovation_den_den WHERE id = OLD.den_id AND state <> 'draft') THEN
                RAISE EXCEPTION 'The den is published: its criteria and its questions cannot be changed any more'
                    USING ERRCODE = 'check_violation';
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        """,
    )


# Firms plan by the time that they were given.
NEVER_CLOSES_EARLIER = pgtrigger.Trigger(
    name="den_never_closes_earlier",
    when=pgtrigger.Before,
    operation=pgtrigger.UpdateOf("closes_at"),
    condition=pgtrigger.Condition("OLD.state <> 'draft' AND NEW.closes_at < OLD.closes_at"),
    func="""
        RAISE EXCEPTION 'A call that is published never closes earlier than was announced'
            USING ERRCODE = 'check_violation';
    """,
)


def draw_reference() -> str:
    return f"d{draw_letters(9)}"


class DenQuerySet(models.QuerySet["Den"]):
    def public(self) -> DenQuerySet:
        return self.filter(state__in=PUBLIC_DENS)

    def visible_to(self, user: User | AnonymousUser) -> DenQuerySet:
        """What is public, and the drafts of the user's own bodies; staff see all."""
        if not user.is_authenticated or not user.is_active:
            return self.public()
        if user.is_staff:
            return self.all()
        return self.filter(Q(state__in=PUBLIC_DENS) | Q(host__in=Organisation.objects.of_user(user).values("pk")))

    def locked(self, pk: int) -> Den:
        """The row as it is now, locked to the end of the transaction."""
        return self.select_for_update(no_key=True).get(pk=pk)


@pghistory.track()
class Den(Versioned, SubmittedOnce):
    """One call for ideas with its day of pitches. Times are stored in UTC and shown in Europe/London."""

    reference = models.CharField(max_length=10, unique=True, default=draw_reference, editable=False)
    host = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="dens")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Decides where two who screen a pitch disagree.",
    )
    engagement = models.ForeignKey(
        "engagement.EngagementRequest", null=True, blank=True, on_delete=models.SET_NULL, related_name="dens"
    )
    state = models.CharField(max_length=12, choices=DenState.choices, default=DenState.DRAFT)
    title = models.CharField(max_length=150)
    challenge = models.TextField("the challenge", max_length=5000, blank=True)
    capabilities = models.ManyToManyField("techmap.Capability", blank=True, related_name="dens")
    rules = models.TextField("the rules, as published", max_length=10_000, blank=True)
    prize = models.TextField("what the winners get", max_length=3000, blank=True)
    budget_cap = models.DecimalField(
        "most that one test may cost",
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="GBP",
    )

    # Who may pitch. Empty: any.
    sizes = ArrayField(models.CharField(max_length=10, choices=Size.choices), default=list, blank=True)
    regions = ArrayField(models.CharField(max_length=3, choices=Region.choices), default=list, blank=True)
    most_pitches_each = models.PositiveSmallIntegerField("pitches from one firm", default=1)

    opens_at = models.DateTimeField(null=True, blank=True)
    closes_at = models.DateTimeField(null=True, blank=True)

    # Panels: one from each sector is the least.
    panel_size = models.PositiveSmallIntegerField(default=3, validators=[MinValueValidator(3), MaxValueValidator(9)])
    most_pitches_a_day = models.PositiveSmallIntegerField("pitches that one panellist hears in a half-day", default=6)
    most_pitches_in_all = models.PositiveSmallIntegerField("pitches that one panellist hears in all", default=20)
    names_panel = models.BooleanField("name the panellists in the public record", default=True)

    published_at = models.DateTimeField(null=True, editable=False)
    decided_at = models.DateTimeField(null=True, editable=False)
    called_off_reason = models.TextField(max_length=2000, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DenQuerySet.as_manager()

    class Meta:
        ordering = ["-published_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=DenState.values), name="den_state_known"),
            models.CheckConstraint(
                name="den_closes_after_opening",
                violation_error_message="The call must close after it opens",
                condition=Q(opens_at=None) | Q(closes_at=None) | Q(opens_at__lt=F("closes_at")),
            ),
            models.CheckConstraint(
                name="den_public_has_call",
                condition=Q(state=DenState.DRAFT) | Q(published_at__isnull=False, closes_at__isnull=False),
            ),
            models.CheckConstraint(condition=Q(panel_size__gte=len(PanelSector)), name="den_panel_has_each_sector"),
        ]
        indexes = [models.Index(fields=["state", "closes_at"], name="den_closing")]
        triggers = [NEVER_CLOSES_EARLIER]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return address("innovation_den:den-detail", self.reference)

    def history_visible_to(self, user: User | AnonymousUser) -> bool:
        """The host's members and staff: it names pitches and panellists."""
        return can_view_organisation(user, self.host)

    def history_shown_to(self, user: User | AnonymousUser, events: EventQuerySet) -> EventQuerySet:
        """Without what happened to the places of single pitches, where a conflict hides one from the reader."""
        from innovation_den.models.pitches import Pitch

        if Pitch.objects.without_conflicts_of(user).filter(den=self).count() == self.pitches.count():  # type: ignore[attr-defined]
            return events
        return events.exclude(name__regex=r"^innovation_den\.(placement|slot)\.")

    @property
    def is_public(self) -> bool:
        return self.state in PUBLIC_DENS

    def state_at(self, now: datetime) -> DenState:
        """The state by the clock: a call whose closing second has come is closed, stored so or not."""
        if self.state == DenState.OPEN and self.closes_at is not None and self.closes_at <= now:
            return DenState.SCREENING
        return DenState(self.state)

    @property
    def is_called_off(self) -> bool:
        return self.state == DenState.ARCHIVED and self.called_off_reason != ""

    def takes_pitches(self, now: datetime) -> bool:
        """Open from the opening time until the closing time: at that very second it is closed."""
        if self.state != DenState.OPEN or self.closes_at is None:
            return False
        return (self.opens_at is None or self.opens_at <= now) and now < self.closes_at


class Criterion(Versioned, SubmittedOnce):
    """One thing that a pitch is judged by, on a scale from 0 to 5 whose steps are described."""

    den = models.ForeignKey(Den, on_delete=models.CASCADE, related_name="criteria")
    position = models.PositiveSmallIntegerField(default=0)
    title = models.CharField(max_length=100)
    help = models.TextField("what to look for", max_length=1000, blank=True)
    weight = models.DecimalField(
        max_digits=5, decimal_places=2, default=1, validators=[MinValueValidator(Decimal("0.01"))]
    )
    is_optional = models.BooleanField("may be left out", default=False)
    scale = ArrayField(
        models.CharField(max_length=200), default=list, blank=True, help_text="What 0 means, then 1, and so on to 5."
    )

    class Meta:
        ordering = ["position", "id"]
        verbose_name_plural = "criteria"
        constraints = [
            models.CheckConstraint(condition=Q(weight__gt=0), name="criterion_weighs_something"),
            models.UniqueConstraint(fields=["den", "title"], name="criterion_title_once"),
        ]
        triggers = [frozen_with_the_den("criterion_frozen_after_publication")]

    def __str__(self) -> str:
        return self.title


class EligibilityQuestion(Versioned, SubmittedOnce):
    """A den's own question to those who want to pitch."""

    den = models.ForeignKey(Den, on_delete=models.CASCADE, related_name="eligibility_questions")
    position = models.PositiveSmallIntegerField(default=0)
    text = models.CharField("question", max_length=300)
    type = models.CharField(max_length=10, choices=QuestionType.choices, default=QuestionType.YES_NO)

    class Meta:
        ordering = ["position", "id"]
        triggers = [frozen_with_the_den("question_frozen_after_publication")]

    def __str__(self) -> str:
        return self.text


class Room(Versioned, SubmittedOnce):
    """Where pitches are heard: a room, or a link where everybody joins from elsewhere."""

    den = models.ForeignKey(Den, on_delete=models.CASCADE, related_name="rooms")
    name = models.CharField(max_length=100)
    place = models.CharField("address", max_length=300, blank=True)
    link = models.URLField("video link", max_length=500, blank=True, help_text="Shown to firms and panellists alone.")
    features = ArrayField(models.CharField(max_length=20, choices=RoomFeature.choices), default=list, blank=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["den", "name"], name="room_name_once")]

    def __str__(self) -> str:
        return self.name


class Session(Versioned, SubmittedOnce):
    """A run of slots on one half-day, in one or more rooms at once. The slots follow from it: `slots`."""

    den = models.ForeignKey(Den, on_delete=models.CASCADE, related_name="sessions")
    starts_at = models.DateTimeField()
    slot_minutes = models.PositiveSmallIntegerField(
        default=20, validators=[MinValueValidator(5), MaxValueValidator(180)]
    )
    slot_count = models.PositiveSmallIntegerField(
        "number of slots", default=6, validators=[MinValueValidator(1), MaxValueValidator(30)]
    )
    break_after = models.PositiveSmallIntegerField("break after so many slots", null=True, blank=True)
    break_minutes = models.PositiveSmallIntegerField(default=15)
    rooms = models.ManyToManyField(Room, related_name="sessions")
    is_recorded = models.BooleanField("recorded", default=False)

    class Meta:
        ordering = ["starts_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(slot_minutes__gte=5, slot_count__gte=1), name="session_has_slots"),
            models.UniqueConstraint(fields=["den", "starts_at"], name="session_start_once"),
        ]

    def __str__(self) -> str:
        return f"{timezone.localtime(self.starts_at):%-d %B %Y, %-I:%M%p}".replace("AM", "am").replace("PM", "pm")

    @property
    def half(self) -> Half:
        return Half.MORNING if timezone.localtime(self.starts_at).hour < 12 else Half.AFTERNOON

    @property
    def slots(self) -> list[tuple[datetime, datetime]]:
        """Start and end of each slot, with the break after every `break_after` of them."""
        length, pause = timedelta(minutes=self.slot_minutes), timedelta(minutes=self.break_minutes)
        starts = [
            self.starts_at + number * length + (number // self.break_after if self.break_after else 0) * pause
            for number in range(self.slot_count)
        ]
        return [(start, start + length) for start in starts]

    @property
    def ends_at(self) -> datetime:
        return self.slots[-1][1]

    @property
    def half_day(self) -> tuple[date, Half]:
        return timezone.localdate(self.starts_at), self.half
