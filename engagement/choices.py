"""Stages, kinds and life cycles of early engagement."""

from django.db import models


class Stage(models.TextChoices):
    """How far the policy or service has come."""

    IDEA = "idea", "Idea"
    DISCOVERY = "discovery", "Discovery"
    BUSINESS_CASE = "business_case", "Business case"
    PRE_PROCUREMENT = "pre_procurement", "Pre-procurement"
    IN_LIFE = "in_life", "In life: a live contract"


class Method(models.TextChoices):
    """The kind of engagement."""

    WRITTEN = "written", "Written questions to the market"
    BRIEFING = "briefing", "Briefing or open day"
    ROUND_TABLE = "round_table", "Round table"
    DEMONSTRATION = "demonstration", "Show and tell"
    ONE_TO_ONE = "one_to_one", "One-to-one conversations"


class AnswerType(models.TextChoices):
    LONG_TEXT = "long_text", "Long text"
    NUMBER = "number", "Number"
    MONEY = "money", "Sum of money in pounds"
    CHOICE = "choice", "One of a list"
    YES_NO = "yes_no", "Yes or no"


class RequestState(models.TextChoices):
    DRAFT = "draft", "Draft"
    PUBLISHED = "published", "Open"
    CLOSED = "closed", "Closed"
    OUTCOME_PUBLISHED = "outcome_published", "Outcome published"
    WITHDRAWN = "withdrawn", "Withdrawn"


REQUEST_TRANSITIONS = {
    RequestState.DRAFT: {RequestState.PUBLISHED},
    RequestState.PUBLISHED: {RequestState.CLOSED, RequestState.WITHDRAWN},
    RequestState.CLOSED: {RequestState.OUTCOME_PUBLISHED, RequestState.WITHDRAWN},
    RequestState.OUTCOME_PUBLISHED: set(),
    RequestState.WITHDRAWN: set(),
}
PUBLIC_STATES = frozenset(RequestState) - {RequestState.DRAFT}


class QuestionState(models.TextChoices):
    RECEIVED = "received", "Waiting for an answer"
    ANSWERED = "answered", "Answered"
    MERGED = "merged", "Answered with another question"
    DECLINED = "declined", "Not answered"


QUESTION_TRANSITIONS = {
    QuestionState.RECEIVED: {QuestionState.ANSWERED, QuestionState.MERGED, QuestionState.DECLINED},
    QuestionState.ANSWERED: set(),
    QuestionState.MERGED: set(),
    QuestionState.DECLINED: set(),
}


class ResponseState(models.TextChoices):
    DRAFT = "draft", "Draft"
    SUBMITTED = "submitted", "Submitted"
    WITHDRAWN = "withdrawn", "Withdrawn"


RESPONSE_TRANSITIONS = {
    ResponseState.DRAFT: {ResponseState.SUBMITTED, ResponseState.WITHDRAWN},
    ResponseState.SUBMITTED: {ResponseState.WITHDRAWN},
    ResponseState.WITHDRAWN: {ResponseState.DRAFT},
}


class Decision(models.TextChoices):
    """What came of one theme."""

    CHANGED = "changed", "We changed this"
    NOT_CHANGED = "not_changed", "We did not change this"
    CONSIDERING = "considering", "We are still considering this"
