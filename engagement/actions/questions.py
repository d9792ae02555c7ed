"""Questions: asked by a supplier without its name, answered to everyone."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction

from engagement.actions.requests import locked
from engagement.choices import PUBLIC_STATES, QUESTION_TRANSITIONS, QuestionState, RequestState
from engagement.models import EngagementRequest, Question
from engagement.permissions import can_decide_question, can_take_part, check_not_both_sides
from engagement.queries import participants
from portal.audit.actions import record
from portal.notifications.actions import tell
from portal.notifications.choices import Kind
from portal.organisations.models import Organisation
from portal.organisations.permissions import why_not_active
from portal.organisations.queries import writers_of
from portal.records import check_transition, sent_before
from portal.refusals import Refused

if TYPE_CHECKING:
    from portal.accounts.models import User


@transaction.atomic
def ask_question(
    *, request: EngagementRequest, supplier: Organisation, text: str, by: User, now: datetime, submission_key: UUID
) -> Question:
    """Put a question to the authority. It sees the words, never who asked.

    Refused at the question deadline and after it: one second late is late.
    """
    request = EngagementRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
    if not can_take_part(by, supplier) or request.state not in PUBLIC_STATES:
        raise PermissionDenied
    if asked := sent_before(Question.objects.filter(supplier=supplier, request=request), submission_key):
        return asked
    if request.is_imported or not request.takes_questions(now):
        raise Refused("Questions on this request are closed")
    check_not_both_sides(by, request)
    if why := why_not_active(Organisation.objects.get(pk=supplier.pk)):
        raise Refused(why)
    question = Question.objects.create(
        request=request, supplier=supplier, asked_by=by, asked_at=now, text=text, submission_key=submission_key
    )
    record("engagement.question.asked", target=request, by=None, new={"question": text}, note="Nobody sees who asked.")
    tell(
        kind=Kind.QUESTION,
        subject=f"New question: {request.title}",
        body=f"A supplier asks:\n\n{text}\n\nAnswers are due by {request.answers_due_at:%-d %B %Y}.",
        path=request.get_absolute_url() + "questions/",
        link_text="Answer the question",
        reason="You write for the authority that published this request",
        recipients=writers_of(request.authority),
        dedupe_key=f"engagement.question.asked:{question.pk}",
    )
    return question


def locked_question(question: Question, by: User) -> Question:
    """The question, locked, where `by` may decide it and the outcome is not out yet."""
    locked(question.request)  # first, as everywhere: two actions never wait for each other
    question = Question.objects.select_for_update(of=("self",)).select_related("request__authority").get(pk=question.pk)
    if not can_decide_question(by, question):
        raise PermissionDenied
    if question.request.state not in (RequestState.PUBLISHED, RequestState.CLOSED):
        raise Refused("The outcome of this request is published or it was withdrawn, so questions are settled")
    return question


def settle(question: Question, state: QuestionState, *, by: User, now: datetime, fields: tuple[str, ...]) -> None:
    """Store the decision on a question that is still open."""
    check_transition(QUESTION_TRANSITIONS, question.state, state, "Somebody has answered this question already")
    question.state, question.decided_by, question.decided_at = state, by, now
    question.save(update_fields=["state", "decided_by", "decided_at", *fields])
    record(f"engagement.question.{state}", target=question.request, by=by, new={"question": question.text})


def tell_everyone(question: Question, words: str) -> None:
    """Tell each person whose supplier takes part; the page tells everybody else."""
    tell(
        kind=Kind.QUESTION,
        subject=f"A question was answered: {question.request.title}",
        body=f"The question:\n\n{question.text}\n\n{words}",
        path=question.request.get_absolute_url() + "#questions",
        link_text="See all questions and answers",
        reason="Your organisation takes part in this request",
        recipients=participants(question.request),
        dedupe_key=f"engagement.question.settled:{question.pk}",
    )


@transaction.atomic
def answer_question(*, question: Question, answer: str, by: User, now: datetime) -> Question:
    """Answer to everyone at once: on the page, and by notice to all who take part."""
    question = locked_question(question, by)
    question.answer = answer
    settle(question, QuestionState.ANSWERED, by=by, now=now, fields=("answer",))
    tell_everyone(question, f"The answer:\n\n{answer}")
    return question


@transaction.atomic
def decline_question(*, question: Question, reason: str, by: User, now: datetime) -> Question:
    """Say to everyone why the question is not answered."""
    question = locked_question(question, by)
    question.answer = reason
    settle(question, QuestionState.DECLINED, by=by, now=now, fields=("answer",))
    tell_everyone(question, f"It is not answered. The reason given:\n\n{reason}")
    return question


@transaction.atomic
def merge_question(*, question: Question, into: Question, by: User, now: datetime) -> Question:
    """Answer the question with another one of the same request, so that like questions read as one."""
    question = locked_question(question, by)
    into = Question.objects.select_for_update().get(pk=into.pk)
    if into.pk == question.pk or into.request_id != question.request_id or into.state == QuestionState.MERGED:
        raise Refused("Choose another question of the same request that is not merged itself")
    question.merged_into = into
    settle(question, QuestionState.MERGED, by=by, now=now, fields=("merged_into",))
    question.merged.update(merged_into=into)
    tell_everyone(question, f"It is settled together with this one:\n\n{into.text}\n\n{into.answer}".strip())
    return question
