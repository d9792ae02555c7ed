"""Pilots: a test with its hypothesis, its threshold and its cap, fixed before the start, and what it showed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import F, Q
from django.utils.text import capfirst

from innovation_den.choices import Better, PilotExit, PilotOutcome, PilotState, Side, StopWhen
from innovation_den.models.pitches import Pitch
from portal.addresses import address
from portal.govuk.formats import day, money
from portal.organisations.models import Organisation
from portal.records import SubmittedOnce, Versioned, draw_letters

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User


TERMS = (
    *("hypothesis", "measure", "unit", "better", "baseline", "threshold"),
    *("budget_cap", "starts_on", "ends_on", "data_notes", "ethics_notes"),
)
PRIVATE_TERMS = frozenset({"data_notes"})
BEGUN = frozenset({PilotState.RUNNING, PilotState.REVIEW, PilotState.PUBLISHED})
SEARCHED = SearchVector("title", "hypothesis", "measure", "learnt", "advice", config="english")

# Who signed, signed these words. An amendment that both sides signed writes them from a trigger of its own, which
# is one deeper; nothing else may.
TERMS_AS_SIGNED = pgtrigger.Trigger(
    name="terms_as_signed",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    func=f"""
        IF OLD.started_at IS NOT NULL AND NEW.started_at IS DISTINCT FROM OLD.started_at THEN
            RAISE EXCEPTION 'A pilot that has begun has begun' USING ERRCODE = 'check_violation';
        END IF;
        IF pg_trigger_depth() = 1
            AND (OLD.started_at, NEW.agreed_by_sponsor_id, NEW.agreed_by_firm_id) IS DISTINCT FROM (NULL, NULL, NULL)
            AND ({", ".join(f"OLD.{name}" for name in TERMS)})
                IS DISTINCT FROM ({", ".join(f"NEW.{name}" for name in TERMS)})
        THEN
            RAISE EXCEPTION 'Signed terms change by an amendment alone' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    """,
)


def held_with_its_pilot(fixed: str, *, settled: str) -> pgtrigger.Trigger:
    """What both sides sign beside the terms: it comes, goes and changes only while nobody has signed.

    After the start an amendment that both sides signed writes it, from a trigger of its own, which is one deeper; what
    is `settled` stays even then.
    """
    return pgtrigger.Trigger(
        name="held_with_its_pilot",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        declare=[("held", "bigint")],
        func=f"""
            IF TG_OP = 'UPDATE' AND ({fixed.format("OLD")}) IS NOT DISTINCT FROM ({fixed.format("NEW")}) THEN
                RETURN NEW;
            END IF;
            IF pg_trigger_depth() > 1 AND TG_OP = 'INSERT' THEN
                RETURN NEW;
            ELSIF pg_trigger_depth() > 1 AND TG_OP = 'DELETE' AND NOT ({settled.format("OLD")}) THEN
                RETURN OLD;
            END IF;
            held := CASE WHEN TG_OP = 'INSERT' THEN NEW.pilot_id ELSE OLD.pilot_id END;
            IF EXISTS (
                SELECT 1 FROM innovation_den_pilot
                WHERE id = held AND (agreed_by_sponsor_id IS NOT NULL OR agreed_by_firm_id IS NOT NULL)
            ) THEN
                RAISE EXCEPTION 'It is signed together with the terms' USING ERRCODE = 'check_violation';
            END IF;
            IF TG_OP = 'DELETE' THEN
                RETURN OLD;
            END IF;
            RETURN NEW;
        """,  # noqa: S608 - names of columns, from this file
    )


def _column(name: str) -> Any:
    return Pilot._meta.get_field(name)


def term_value(name: str, value: Any) -> Any:
    """A term as its column holds it, also from the text that JSON has."""
    return _column(name).to_python(value)


def term_name(name: str) -> str:
    return capfirst(str(_column(name).verbose_name))


def in_words(name: str, value: Any) -> str:
    """A term as people read it, from the value or from its text."""
    value = term_value(name, value)
    if value is None or value == "":
        return "Not said"
    if labels := dict(_column(name).flatchoices):
        return str(labels[value])
    if name == "budget_cap":
        return money(value)
    if isinstance(value, Decimal):
        return plain(value)
    return day(value) if isinstance(value, date) else str(value)


def plain(value: Decimal) -> str:
    """12.5, never 12.5000 or 1E+1."""
    return f"{value.normalize():,f}"


def draw_reference() -> str:
    return f"t{draw_letters(9)}"


class PilotQuerySet(models.QuerySet["Pilot"]):
    def public(self) -> PilotQuerySet:
        """The library: what was learnt, once it is published."""
        return self.filter(state=PilotState.PUBLISHED)

    def visible_to(self, user: User | AnonymousUser) -> PilotQuerySet:
        """What is published for everybody; both sides' own, and all for staff, as far as `work_of` goes."""
        if not user.is_authenticated or not user.is_active:
            return self.public()
        return self.filter(Q(state=PilotState.PUBLISHED) | Q(pk__in=self.model.objects.work_of(user).values("pk")))

    def work_of(self, user: User | AnonymousUser) -> PilotQuerySet:
        """Those that the user may read with all that is private to both sides.

        The firm's members; the sponsor's and staff, unless they have a conflict over the pitch as a panellist.
        """
        if not user.is_authenticated or not user.is_active:
            return self.none()
        mine = Organisation.objects.of_user(user).values("pk")
        seen = Q() if user.is_staff else Q(sponsor__in=mine)
        free = Pitch.objects.without_conflicts_of(user).values("pk")
        return self.filter(Q(firm__in=mine) | (seen & Q(pitch__in=free)))

    def locked(self, pk: int) -> Pilot:
        """The row as it is now, locked to the end of the transaction."""
        rows = self.select_for_update(no_key=True, of=("self",)).select_related("pitch__den", "sponsor", "firm")
        return rows.get(pk=pk)


@pghistory.track()
class Pilot(Versioned, SubmittedOnce):
    """One test of one idea. Money is in GBP without VAT. What is in `TERMS` is fixed when both sides sign."""

    reference = models.CharField(max_length=10, unique=True, default=draw_reference, editable=False)
    pitch = models.ForeignKey("innovation_den.Pitch", on_delete=models.PROTECT, related_name="pilots")
    follows = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="followed_by",
        help_text="The test before.",
    )
    sponsor = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="pilots_sponsored")
    firm = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="pilots")
    capabilities = models.ManyToManyField("techmap.Capability", blank=True, related_name="pilots")
    state = models.CharField(max_length=10, choices=PilotState.choices, default=PilotState.DRAFT)
    title = models.CharField(max_length=150)

    hypothesis = models.TextField("what is to be found out", max_length=2000, blank=True)
    measure = models.CharField("what is measured", max_length=200, blank=True)
    unit = models.CharField("unit of the measure", max_length=40, blank=True)
    better = models.CharField("which way it should go", max_length=10, choices=Better.choices, default=Better.HIGHER)
    baseline = models.DecimalField("what it is today", max_digits=14, decimal_places=4, null=True, blank=True)
    threshold = models.DecimalField("what would prove it", max_digits=14, decimal_places=4, null=True, blank=True)
    budget_cap = models.DecimalField("most that may be spent", max_digits=12, decimal_places=2, null=True, blank=True)
    starts_on = models.DateField("first day", null=True, blank=True)
    ends_on = models.DateField("last day", null=True, blank=True)
    data_notes = models.TextField("data: what is used, and on what grounds", max_length=3000, blank=True)
    ethics_notes = models.TextField(
        "people: who could be harmed, and how that is kept from happening", max_length=3000, blank=True
    )

    agreed_by_sponsor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    agreed_by_firm = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    agreed_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.TextField("why it ended before its day, or never began", max_length=2000, blank=True)
    spent = models.DecimalField(max_digits=12, decimal_places=2, default=0, editable=False)

    outcome = models.CharField(max_length=12, choices=PilotOutcome.choices, blank=True)
    learnt = models.TextField("what was learnt", max_length=10_000, blank=True)
    advice = models.TextField("what we would tell the next who tries", max_length=5000, blank=True)
    firm_words = models.TextField("what the firm adds", max_length=5000, blank=True)
    exit = models.CharField("what comes next", max_length=10, choices=PilotExit.choices, blank=True)
    engagement = models.ForeignKey(
        "engagement.EngagementRequest", null=True, blank=True, on_delete=models.SET_NULL, related_name="pilots"
    )
    published_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PilotQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=PilotState.values), name="pilot_state_known"),
            models.CheckConstraint(
                condition=Q(spent__gte=0) & (Q(spent=0) | Q(spent__lte=F("budget_cap"))),
                name="pilot_never_over_its_cap",
            ),
            models.CheckConstraint(
                condition=Q(starts_on=None) | Q(ends_on=None) | Q(starts_on__lt=F("ends_on")),
                name="pilot_ends_after_it_starts",
            ),
            models.CheckConstraint(
                name="pilot_fixed_before_start",
                condition=Q(state__in=[PilotState.DRAFT, PilotState.ABANDONED])
                | (
                    ~Q(hypothesis="")
                    & ~Q(measure="")
                    & Q(threshold__isnull=False, budget_cap__isnull=False, agreed_at__isnull=False)
                    & Q(agreed_by_sponsor__isnull=False, agreed_by_firm__isnull=False)
                ),
            ),
            models.CheckConstraint(
                name="pilot_begun_has_time", condition=~Q(state__in=sorted(BEGUN)) | Q(started_at__isnull=False)
            ),
            models.CheckConstraint(
                name="pilot_signed_by_two",
                condition=Q(agreed_by_sponsor=None)
                | Q(agreed_by_firm=None)
                | ~Q(agreed_by_sponsor=F("agreed_by_firm")),
            ),
            models.UniqueConstraint(
                fields=["pitch"],
                condition=Q(follows=None) & ~Q(state=PilotState.ABANDONED),
                name="pilot_one_first_test_a_pitch",
            ),
            models.UniqueConstraint(
                fields=["follows"], condition=~Q(state=PilotState.ABANDONED), name="pilot_one_next_test"
            ),
            models.CheckConstraint(
                name="pilot_published_has_outcome",
                condition=~Q(state=PilotState.PUBLISHED) | (~Q(outcome="") & ~Q(learnt="") & ~Q(exit="")),
            ),
        ]
        indexes = [
            models.Index(fields=["state", "ends_on"], name="pilot_ending"),
            GinIndex(SEARCHED, name="pilot_words"),
        ]
        triggers = [TERMS_AS_SIGNED]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return address("innovation_den:pilot-detail", self.reference)

    def history_visible_to(self, user: User | AnonymousUser) -> bool:
        """Both sides and staff, but nobody with a conflict over the pitch."""
        return Pilot.objects.work_of(user).filter(pk=self.pk).exists()

    def side_name(self, side: str) -> str:
        return str(self.sponsor if side == Side.SPONSOR else self.firm)

    def signer(self, side: str) -> User | None:
        return self.agreed_by_sponsor if side == Side.SPONSOR else self.agreed_by_firm

    def reaches(self, value: Decimal) -> bool:
        """Whether a value of the measure proves what the test is for: the threshold itself does."""
        if self.threshold is None:
            return False
        return value >= self.threshold if self.better == Better.HIGHER else value <= self.threshold

    @property
    def left(self) -> Decimal:
        """What may still be spent."""
        return (self.budget_cap or Decimal(0)) - self.spent


class StopRule(models.Model):
    """When a pilot should stop early. Both sides are told once when it is met; people decide."""

    pilot = models.ForeignKey(Pilot, on_delete=models.CASCADE, related_name="stop_rules")
    when = models.CharField(max_length=15, choices=StopWhen.choices)
    limit = models.DecimalField(max_digits=14, decimal_places=4)
    met_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField("what was decided", max_length=1000, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["pilot", "when", "limit"], name="stop_rule_once")]
        triggers = [held_with_its_pilot('{0}.pilot_id, {0}."when", {0}."limit"', settled="{0}.met_at IS NOT NULL")]

    def __str__(self) -> str:
        return f"{self.get_when_display()} {plain(self.limit)}"

    def in_words(self, pilot: Pilot) -> str:
        """What the rule says, with the measure's unit."""
        return self.said(pilot.unit)

    def said(self, unit: str = "") -> str:
        match self.when:
            case StopWhen.SPENT_ABOVE:
                return f"Spending passes {money(self.limit)}"
            case StopWhen.NO_LOG_FOR:
                return f"Nothing is logged for {plain(self.limit)} days"
        return f"{self.get_when_display()} {plain(self.limit)} {unit}".strip()


class ReviewPoint(models.Model):
    """A day on which both sides look at the pilot, and what they decide."""

    pilot = models.ForeignKey(Pilot, on_delete=models.CASCADE, related_name="reviews")
    due_on = models.DateField()
    goes_on = models.BooleanField(null=True, blank=True)
    note = models.TextField(max_length=3000, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["due_on", "id"]
        constraints = [models.UniqueConstraint(fields=["pilot", "due_on"], name="review_once_a_day")]
        triggers = [held_with_its_pilot("{0}.pilot_id, {0}.due_on", settled="{0}.at IS NOT NULL")]

    def __str__(self) -> str:
        return f"Review on {self.due_on}"
