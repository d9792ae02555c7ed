"""Early-engagement requests, and everything that is said about them until the outcome."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import F, Q

from engagement.choices import (
    PUBLIC_STATES,
    AnswerType,
    Decision,
    Method,
    QuestionState,
    RequestState,
    ResponseState,
    Stage,
)
from portal.addresses import address
from portal.organisations.permissions import has_role
from portal.records import Region, SubmittedOnce, Versioned, draw_letters
from portal.working_days import shift_working_days

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User

OUTCOME_WORKING_DAYS = 20
SEARCHED = SearchVector("title", "problem", "outcome_wanted", config="english")


def new_reference() -> str:
    """Names a request in its address and its ocid."""
    return draw_letters(10)


def of_members(user: User | AnonymousUser, path: str) -> Q:
    """A filter: the organisation at `path` has the user as a member today."""
    return Q(**{f"{path}__memberships__user_id": user.pk, f"{path}__memberships__ended_at": None})


class RequestQuerySet(models.QuerySet["EngagementRequest"]):
    def public(self) -> RequestQuerySet:
        return self.filter(state__in=PUBLIC_STATES)

    def visible_to(self, user: User | AnonymousUser) -> RequestQuerySet:
        """What is public, and the drafts of the user's own authorities."""
        if not user.is_authenticated:
            return self.public()
        own = EngagementRequest.objects.filter(of_members(user, "authority")).values("pk")
        return self.filter(Q(state__in=PUBLIC_STATES) | Q(pk__in=own))

    def open_at(self, now: datetime) -> RequestQuerySet:
        """Published and, by the clock, opened and not yet closed."""
        opened = Q(opens_at=None) | Q(opens_at__lte=now)
        return self.filter(opened, state=RequestState.PUBLISHED, closes_at__gt=now)


@pghistory.track()
class EngagementRequest(Versioned, SubmittedOnce):
    """A civil servant tells the market of a problem and asks what technology can do.

    Times are stored in UTC and shown in Europe/London. Money is in pounds, excluding VAT.
    """

    reference = models.CharField(max_length=10, unique=True, default=new_reference, editable=False)
    ocid = models.CharField("unique identifier", max_length=120, unique=True, editable=False)
    authority = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="requests")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    state = models.CharField(max_length=20, choices=RequestState.choices, default=RequestState.DRAFT)

    title = models.CharField(max_length=150, blank=True)
    problem = models.TextField("the problem", max_length=5000, blank=True)
    outcome_wanted = models.TextField("the outcome wanted", max_length=5000, blank=True)
    stage = models.CharField(max_length=20, choices=Stage.choices, blank=True)
    methods = ArrayField(models.CharField(max_length=20, choices=Method.choices), default=list, blank=True)
    process = models.TextField("how the engagement will run", max_length=5000, blank=True)
    capabilities = models.ManyToManyField(
        "techmap.Capability", through="RequestCapability", related_name="requests", blank=True
    )
    region = models.CharField(max_length=3, choices=Region.choices, blank=True)
    value_low = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    value_high = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    contract_start = models.DateField("likely contract start", null=True, blank=True)
    contract_end = models.DateField("likely contract end", null=True, blank=True)
    related_contract = models.CharField(max_length=200, blank=True)
    contact_name = models.CharField(max_length=150, blank=True)
    contact_email = models.EmailField(blank=True)
    opens_at = models.DateTimeField(null=True, blank=True)
    questions_close_at = models.DateTimeField(null=True, blank=True)
    closes_at = models.DateTimeField(null=True, blank=True)

    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True, editable=False)
    withdrawn_reason = models.TextField(blank=True, editable=False)
    is_imported = models.BooleanField(default=False, editable=False, help_text="Read from a published notice.")
    source_url = models.URLField(max_length=500, blank=True, editable=False)
    source_release_id = models.CharField(max_length=200, blank=True, editable=False)

    objects = RequestQuerySet.as_manager()

    class Meta:
        ordering = ["-published_at", "-id"]
        constraints = [
            models.CheckConstraint(
                name="request_dates_in_order",
                violation_error_message="Questions must close before the request closes",
                condition=Q(questions_close_at=None) | Q(closes_at=None) | Q(questions_close_at__lte=F("closes_at")),
            ),
            models.CheckConstraint(
                name="request_closes_after_opening",
                violation_error_message="The request must close after it opens",
                condition=Q(opens_at=None) | Q(closes_at=None) | Q(opens_at__lt=F("closes_at")),
            ),
            models.CheckConstraint(
                name="request_values_in_order",
                violation_error_message="The lowest value must not be above the highest value",
                condition=Q(value_low=None) | Q(value_high=None) | Q(value_low__lte=F("value_high")),
            ),
            models.CheckConstraint(
                name="request_open_has_deadline",
                condition=~Q(state=RequestState.PUBLISHED) | Q(closes_at__isnull=False, published_at__isnull=False),
            ),
            models.CheckConstraint(
                name="request_withdrawn_has_reason",
                condition=~Q(state=RequestState.WITHDRAWN) | ~Q(withdrawn_reason=""),
            ),
        ]
        indexes = [
            models.Index(fields=["state", "closes_at"], name="request_closing"),
            models.Index(fields=["-published_at", "-id"], name="request_newest"),
            GinIndex(SEARCHED, name="request_words"),
        ]

    def __str__(self) -> str:
        return self.title or "Untitled request"

    def get_absolute_url(self) -> str:
        return address("engagement:request-detail", self.reference)

    def history_visible_to(self, user: User) -> bool:
        return has_role(user, self.authority)

    def is_open(self, now: datetime) -> bool:
        """Open from the opening time until the closing time: at that very second it is closed."""
        if self.state != RequestState.PUBLISHED or self.closes_at is None:
            return False
        return (self.opens_at is None or self.opens_at <= now) and now < self.closes_at

    @property
    def answers_due_at(self) -> datetime | None:
        """Answers to questions are due one working day before closing."""
        return shift_working_days(self.closes_at, -1) if self.closes_at else None

    @property
    def outcome_due_at(self) -> datetime | None:
        """The outcome is due 20 working days after closing."""
        return shift_working_days(self.closes_at, OUTCOME_WORKING_DAYS) if self.closes_at else None

    def outcome_is_overdue(self, now: datetime) -> bool:
        due = self.outcome_due_at
        waiting = self.state_at(now) == RequestState.CLOSED and not self.is_imported
        return waiting and due is not None and now > due

    def takes_questions(self, now: datetime) -> bool:
        until = self.questions_close_at or self.closes_at
        return self.is_open(now) and until is not None and now < until

    def state_at(self, now: datetime) -> RequestState:
        """The state by the clock, which may be a minute ahead of the stored one."""
        if self.state == RequestState.PUBLISHED and self.closes_at is not None and now >= self.closes_at:
            return RequestState.CLOSED
        return RequestState(self.state)


class RequestCapability(models.Model):
    """A capability that the request concerns; guessed where a notice was imported."""

    request = models.ForeignKey(EngagementRequest, on_delete=models.CASCADE, related_name="request_capabilities")
    capability = models.ForeignKey("techmap.Capability", on_delete=models.PROTECT, related_name="request_capabilities")
    is_guessed = models.BooleanField(default=False)

    class Meta:
        ordering = ["capability__name"]
        constraints = [models.UniqueConstraint(fields=["request", "capability"], name="request_capability_once")]

    def __str__(self) -> str:
        return f"{self.request}: {self.capability}"


class MarketQuestion(Versioned, SubmittedOnce):
    """One thing that the authority wants to learn from the market."""

    request = models.ForeignKey(EngagementRequest, on_delete=models.CASCADE, related_name="market_questions")
    position = models.PositiveSmallIntegerField(default=0)
    text = models.CharField("question", max_length=500)
    answer_type = models.CharField(max_length=10, choices=AnswerType.choices, default=AnswerType.LONG_TEXT)
    options = ArrayField(models.CharField(max_length=150), default=list, blank=True)
    is_required = models.BooleanField(default=False)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.text


class Question(SubmittedOnce):
    """A supplier asks. The authority and the public never see who asked.

    Its rows have no history table: staff may work for an authority, and it would name the asker.
    """

    request = models.ForeignKey(EngagementRequest, on_delete=models.PROTECT, related_name="questions")
    supplier = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="+")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    text = models.TextField("your question", max_length=1500)
    state = models.CharField(max_length=10, choices=QuestionState.choices, default=QuestionState.RECEIVED)
    answer = models.TextField(max_length=5000, blank=True)
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["asked_at", "id"]
        constraints = [
            models.CheckConstraint(
                name="question_answer_when_decided",
                condition=~Q(state__in=[QuestionState.ANSWERED, QuestionState.DECLINED]) | ~Q(answer=""),
            ),
            models.CheckConstraint(
                name="question_merged_into_one",
                condition=Q(state=QuestionState.MERGED, merged_into__isnull=False)
                | (~Q(state=QuestionState.MERGED) & Q(merged_into=None)),
            ),
        ]

    def __str__(self) -> str:
        return self.text[:80]


class ResponseQuerySet(models.QuerySet["Response"]):
    def readable_by_authority(self, user: User | AnonymousUser, now: datetime) -> ResponseQuerySet:
        """Submitted responses to the user's authorities, once the request is closed by the clock."""
        return self.filter(
            of_members(user, "request__authority"),
            state=ResponseState.SUBMITTED,
            request__closes_at__lte=now,
        ).exclude(request__state=RequestState.WITHDRAWN)

    def of_suppliers_of(self, user: User | AnonymousUser) -> ResponseQuerySet:
        return self.filter(of_members(user, "supplier"))


@pghistory.track()
class Response(Versioned):
    """What one supplier answers to one request. One for each supplier, by a database constraint."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    request = models.ForeignKey(EngagementRequest, on_delete=models.PROTECT, related_name="responses")
    supplier = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="responses")
    state = models.CharField(max_length=10, choices=ResponseState.choices, default=ResponseState.DRAFT)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    saved_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    files = models.ManyToManyField("files.StoredFile", blank=True, related_name="responses")

    objects = ResponseQuerySet.as_manager()

    class Meta:
        ordering = ["supplier__name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["request", "supplier"], name="response_once_per_supplier"),
            models.CheckConstraint(
                name="response_submitted_has_time",
                condition=~Q(state=ResponseState.SUBMITTED) | Q(submitted_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.supplier} on {self.request}"

    def get_absolute_url(self) -> str:
        return address("engagement:response-detail", self.request.reference, str(self.public_id))

    def history_visible_to(self, user: User) -> bool:
        return has_role(user, self.supplier)


class Answer(models.Model):
    """One answer in a response, as typed; `AnswerType` says how it was checked."""

    response = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="answers")
    question = models.ForeignKey(MarketQuestion, on_delete=models.PROTECT, related_name="answers")
    value = models.TextField(max_length=10_000, blank=True)
    is_confidential = models.BooleanField("commercially confidential", default=False)

    class Meta:
        ordering = ["question__position", "question_id"]
        constraints = [models.UniqueConstraint(fields=["response", "question"], name="answer_once_per_question")]

    def __str__(self) -> str:
        return f"{self.question}: {self.value[:40]}"


@pghistory.track()
class Outcome(Versioned):
    """You said, we did: what was heard, what changed, what did not and why."""

    request = models.OneToOneField(EngagementRequest, on_delete=models.PROTECT, related_name="outcome")
    summary = models.TextField("what we heard", max_length=5000, blank=True)
    next_steps = models.TextField("what happens next", max_length=5000, blank=True)
    published_at = models.DateTimeField(null=True, editable=False)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"Outcome of {self.request}"


class Theme(Versioned, SubmittedOnce):
    """One thing that suppliers raised, linked to the responses that raised it, and what came of it."""

    outcome = models.ForeignKey(Outcome, on_delete=models.CASCADE, related_name="themes")
    position = models.PositiveSmallIntegerField(default=0)
    heard = models.CharField("what you said", max_length=500)
    decision = models.CharField(max_length=12, choices=Decision.choices)
    explanation = models.TextField("what we did, and why", max_length=3000)
    responses = models.ManyToManyField(Response, blank=True, related_name="themes")

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.heard[:80]
