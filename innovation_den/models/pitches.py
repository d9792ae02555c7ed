"""Pitches: what a firm proposes, with whom, and what is said of it before the day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from innovation_den.choices import (
    HIDING,
    AppealState,
    DenState,
    Half,
    PanellistState,
    PitchState,
    RoomFeature,
    Verdict,
)
from portal.addresses import address
from portal.organisations.models import Organisation
from portal.organisations.permissions import can_view_organisation, has_role
from portal.records import SubmittedOnce, Versioned, draw_letters

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User
    from portal.audit.models import EventQuerySet


def draw_reference() -> str:
    return f"p{draw_letters(9)}"


class PitchQuerySet(models.QuerySet["Pitch"]):
    def of_firms_of(self, user: User | AnonymousUser) -> PitchQuerySet:
        """Those that the user's own firms lead or join in."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        mine = Organisation.objects.of_user(user).values("pk")
        joined = Exists(PitchPartner.objects.filter(pitch=OuterRef("pk"), firm__in=mine))
        return self.filter(Q(firm__in=mine) | joined)

    def without_conflicts_of(self, user: User | AnonymousUser) -> PitchQuerySet:
        """Without those over which the user has a conflict, as a panellist, that is open or confirmed.

        Every read of a pitch by somebody who is not of its firms goes through here: trust, row 5.
        """
        if not user.is_authenticated:
            return self
        from innovation_den.models.panels import Conflict

        conflicts = Conflict.objects.filter(pitch=OuterRef("pk"), panellist__user=user, state__in=HIDING)
        return self.exclude(Exists(conflicts))

    def without_part_of(self, user: User | AnonymousUser) -> PitchQuerySet:
        """Without those in which the user has a part, by a conflict or through a firm that leads or joins in.

        Whoever has a part in a pitch reads no scores of it and does not decide on it, also where they write for the
        host or watch over it as staff.
        """
        own = Pitch.objects.of_firms_of(user)
        return self.without_conflicts_of(user).exclude(pk__in=own.values("pk"))

    def visible_to(self, user: User | AnonymousUser) -> PitchQuerySet:
        """Whose contents the user may read.

        A firm's own always. The den's host and staff what was submitted, once the call has closed by the clock: nobody
        hears of an early pitch before a late one is written, nor reads one that came to nothing because the den was
        called off. A panellist who takes part, once it is accepted. Never one
        over which the user has a conflict, unless it is of the user's own firm.
        """
        if not user.is_authenticated or not user.is_active:
            return self.none()
        from innovation_den.models.panels import Panellist

        own = self.of_firms_of(user).values("pk")
        closed = ~Q(den__state=DenState.OPEN) | Q(den__closes_at__lte=timezone.now())
        never_screened = Q(state=PitchState.SUBMITTED, den__state=DenState.ARCHIVED) & ~Q(den__called_off_reason="")
        sent = Q(submitted_at__isnull=False) & ~Q(state=PitchState.DRAFT) & closed & ~never_screened
        # Nobody sees a list of pitches before they have said what interests they have.
        panels = Panellist.objects.filter(user=user, state=PanellistState.ACCEPTED, has_declared=True).values("den")
        hosts = Q() if user.is_staff else Q(den__host__in=Organisation.objects.of_user(user).values("pk"))
        others = self.without_conflicts_of(user).filter((hosts & sent) | Q(den__in=panels, state=PitchState.ACCEPTED))
        return self.filter(Q(pk__in=own) | Q(pk__in=others.values("pk")))

    def accepted(self) -> PitchQuerySet:
        return self.filter(state=PitchState.ACCEPTED)

    def locked(self, pk: int) -> Pitch:
        """The row as it is now, locked to the end of the transaction; its den is locked first where both are."""
        return self.select_for_update(no_key=True, of=("self",)).select_related("den", "firm").get(pk=pk)


@pghistory.track()
class Pitch(Versioned, SubmittedOnce):
    """An idea that a firm wants to be heard with, and to test. Written in steps."""

    reference = models.CharField(max_length=10, unique=True, default=draw_reference, editable=False)
    den = models.ForeignKey("innovation_den.Den", on_delete=models.PROTECT, related_name="pitches")
    firm = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="pitches")
    state = models.CharField(max_length=10, choices=PitchState.choices, default=PitchState.DRAFT)
    title = models.CharField(max_length=120)
    summary = models.CharField(
        "in one sentence", max_length=300, blank=True, help_text="Public, if you are invited to pitch."
    )
    problem = models.TextField("the problem", max_length=3000, blank=True)
    idea = models.TextField("the idea", max_length=5000, blank=True)
    evidence = models.TextField("evidence that it can work", max_length=3000, blank=True)
    novelty = models.TextField("what is new about it", max_length=3000, blank=True)
    test = models.TextField("what a test would show", max_length=3000, blank=True)
    ask = models.TextField("what you ask for", max_length=2000, blank=True)
    ask_amount = models.DecimalField(
        "what a test would cost", max_digits=12, decimal_places=2, null=True, blank=True, help_text="GBP, excl. VAT."
    )
    team = models.TextField("the team", max_length=3000, blank=True)
    video_url = models.URLField("link to a video", max_length=500, blank=True)
    capabilities = models.ManyToManyField("techmap.Capability", blank=True, related_name="pitches")
    files = models.ManyToManyField("files.StoredFile", blank=True, related_name="pitches")

    # What the day must allow for.
    needs = ArrayField(models.CharField(max_length=20, choices=RoomFeature.choices), default=list, blank=True)
    needs_note = models.CharField("anything else we should know", max_length=500, blank=True)

    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    submitted_at = models.DateTimeField(null=True, editable=False)
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, editable=False, help_text="When screening came to its decision.")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField("why, as the firm reads it", max_length=3000, blank=True)
    drop_out_reason = models.TextField("why the firm dropped out", max_length=1000, blank=True, editable=False)

    objects = PitchQuerySet.as_manager()

    class Meta:
        ordering = ["title", "id"]
        verbose_name_plural = "pitches"
        constraints = [
            models.CheckConstraint(condition=Q(state__in=PitchState.values), name="pitch_state_known"),
            models.CheckConstraint(
                name="pitch_sent_has_time",
                condition=Q(state__in=[PitchState.DRAFT, PitchState.WITHDRAWN]) | Q(submitted_at__isnull=False),
            ),
            models.CheckConstraint(
                name="pitch_rejection_has_reason", condition=~Q(state=PitchState.REJECTED) | ~Q(reason="")
            ),
        ]
        indexes = [models.Index(fields=["den", "state"], name="pitch_of_den")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return address("innovation_den:pitch-detail", self.reference)

    def history_visible_to(self, user: User | AnonymousUser) -> bool:
        """The firm's own members alone: it says when they wrote and who."""
        return has_role(user, self.firm)

    def history_shown_to(self, user: User | AnonymousUser, events: EventQuerySet) -> EventQuerySet:
        """Without the host's decisions: whoever took one may have screened the pitch, and firms never hear who did."""
        return events.exclude(name__in=["innovation_den.pitch.accepted", "innovation_den.pitch.rejected"])


class PitchPartner(SubmittedOnce):
    """A firm that pitches together with the one that leads."""

    pitch = models.ForeignKey(Pitch, on_delete=models.CASCADE, related_name="partners")
    firm = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="joint_pitches")
    role = models.CharField("what they bring", max_length=200, blank=True)
    agreed_at = models.DateTimeField(null=True, blank=True, help_text="When somebody of theirs said yes.")
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["firm__name", "id"]
        constraints = [models.UniqueConstraint(fields=["pitch", "firm"], name="pitch_partner_once")]

    def __str__(self) -> str:
        return str(self.firm)


class EligibilityAnswer(models.Model):
    """What a firm answers to a den's own question."""

    pitch = models.ForeignKey(Pitch, on_delete=models.CASCADE, related_name="eligibility_answers")
    question = models.ForeignKey("innovation_den.EligibilityQuestion", on_delete=models.PROTECT, related_name="answers")
    is_yes = models.BooleanField(null=True, blank=True)
    text = models.TextField(max_length=2000, blank=True)

    class Meta:
        ordering = ["question__position", "question_id"]
        constraints = [models.UniqueConstraint(fields=["pitch", "question"], name="eligibility_answer_once")]

    def __str__(self) -> str:
        return f"{self.question}: {self.text or self.is_yes}"


class PitchHalfDay(models.Model):
    """A half-day on which the firm cannot come, or would rather come. Half-days without a row are free."""

    pitch = models.ForeignKey(Pitch, on_delete=models.CASCADE, related_name="half_days")
    date = models.DateField()
    half = models.CharField(max_length=2, choices=Half.choices)
    is_wish = models.BooleanField(default=False, help_text="Would rather come then; otherwise cannot come then.")

    class Meta:
        ordering = ["date", "half"]
        constraints = [models.UniqueConstraint(fields=["pitch", "date", "half"], name="pitch_half_day_once")]

    def __str__(self) -> str:
        return f"{self.date} {self.half}"


class Screening(SubmittedOnce):
    """One person's view of a pitch. Nobody sees the other's until both are given."""

    pitch = models.ForeignKey(Pitch, on_delete=models.CASCADE, related_name="screenings")
    number = models.PositiveSmallIntegerField(default=1, help_text="1 or 2: two people look at each pitch.")
    screener = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    reason = models.TextField(max_length=3000)
    given_at = models.DateTimeField()

    class Meta:
        ordering = ["number", "id"]
        constraints = [
            models.UniqueConstraint(fields=["pitch", "screener"], name="screening_once_each"),
            models.UniqueConstraint(fields=["pitch", "number"], name="screening_twice_at_most"),
            models.CheckConstraint(condition=Q(number__in=[1, 2]), name="screening_by_two"),
            models.CheckConstraint(condition=Q(verdict__in=Verdict.values), name="screening_verdict_known"),
            models.CheckConstraint(condition=~Q(reason=""), name="screening_has_reason"),
        ]

    def __str__(self) -> str:
        """Without the verdict: this stands in lists and in the audit before the second view is given."""
        return f"View {self.number} of {self.pitch}"

    def history_visible_to(self, user: User | AnonymousUser) -> bool:
        """Members of the host and staff, as far as they may see the pitch; it never says the verdict."""
        return _worked_on_by(user, self.pitch)


class Appeal(SubmittedOnce):
    """What a firm says against its rejection. Once."""

    pitch = models.OneToOneField(Pitch, on_delete=models.CASCADE, related_name="appeal")
    state = models.CharField(max_length=10, choices=AppealState.choices, default=AppealState.OPEN)
    text = models.TextField(max_length=3000)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    answer = models.TextField(max_length=3000, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["made_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=AppealState.values), name="appeal_state_known"),
            models.CheckConstraint(
                name="appeal_answer_when_decided",
                condition=Q(state=AppealState.OPEN, decided_at=None, decided_by=None)
                | (~Q(state=AppealState.OPEN) & ~Q(answer="") & Q(decided_at__isnull=False, decided_by__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"Appeal: {self.pitch}"

    def history_visible_to(self, user: User | AnonymousUser) -> bool:
        """Members of the host and staff, as far as they may see the pitch."""
        return _worked_on_by(user, self.pitch)


def _worked_on_by(user: User | AnonymousUser, pitch: Pitch) -> bool:
    """Whether the user runs or oversees the den, may see the pitch, and has no part in it."""
    seen = Pitch.objects.visible_to(user).without_part_of(user)
    return can_view_organisation(user, pitch.den.host) and seen.filter(pk=pitch.pk).exists()


def firms_of(pitch: Pitch) -> list[Organisation]:
    """The firm that leads, then those that agreed to join in."""
    agreed = [partner.firm for partner in pitch.partners.select_related("firm") if partner.agreed_at]
    return [pitch.firm, *agreed]
