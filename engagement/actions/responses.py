"""Responses: drafted, submitted, changed until closing, hidden from the authority until then."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from engagement.actions.requests import locked
from engagement.choices import RESPONSE_TRANSITIONS, RequestState, ResponseState
from engagement.models import Answer, EngagementRequest, MarketQuestion, Response
from engagement.permissions import can_take_part, check_not_both_sides
from portal.audit.actions import record
from portal.files.actions import remove_file as delete_file
from portal.files.actions import store_file
from portal.files.models import StoredFile
from portal.notifications.actions import tell
from portal.notifications.choices import Kind
from portal.organisations.models import Organisation
from portal.organisations.permissions import why_not_active
from portal.organisations.queries import people_of
from portal.records import check_transition
from portal.refusals import Reason, Refused

if TYPE_CHECKING:
    from portal.accounts.models import User

MOST_FILES = 10
TAKEN_BACK = "This response was withdrawn. Start it again to change it"
CLOSED = "This request is closed, so responses can no longer be changed"


@dataclass(frozen=True)
class Given:
    """One answer as the form read it."""

    question: MarketQuestion
    value: str
    is_confidential: bool = False


def check_open(request: EngagementRequest, now: datetime) -> None:
    """Refuse a write before the opening second and from the closing second on."""
    if request.is_imported or request.state_at(now) != RequestState.PUBLISHED:
        raise Refused(CLOSED)
    if not request.is_open(now):
        raise Refused("This request is not open yet")


def locked_response(response: Response, by: User, now: datetime) -> Response:
    """The response, locked, where `by` may write it and the request is open by the clock."""
    request = locked(response.request)  # first, as everywhere: two actions never wait for each other
    response = Response.objects.select_for_update(of=("self",)).select_related("supplier").get(pk=response.pk)
    response.request = request
    if not can_take_part(by, response.supplier):
        raise PermissionDenied
    check_not_both_sides(by, request)
    check_open(request, now)
    return response


@transaction.atomic
def start_response(*, request: EngagementRequest, supplier: Organisation, by: User, now: datetime) -> Response:
    """The supplier's one response to the request: made as a draft, or the one that is there."""
    if not can_take_part(by, supplier):
        raise PermissionDenied
    request = locked(request)
    check_not_both_sides(by, request)
    check_open(request, now)
    response, made = Response.objects.get_or_create(
        request=request, supplier=supplier, defaults={"started_by": by, "started_at": now, "saved_at": now}
    )
    if made:
        record("engagement.response.started", target=response, by=by)
    elif response.state == ResponseState.WITHDRAWN:
        check_transition(RESPONSE_TRANSITIONS, response.state, ResponseState.DRAFT, CLOSED)
        response.state = ResponseState.DRAFT
        response.bump_version().save(update_fields=["state", "version"])
        record("engagement.response.reopened", target=response, by=by)
    return response


@transaction.atomic
def save_response(
    *,
    response: Response,
    version: int,
    given: Iterable[Given],
    uploads: Iterable[UploadedFile] = (),
    by: User,
    now: datetime,
) -> Response:
    """Save the answers and add the files. What is submitted already stays so, and must stay complete.

    Refused from the closing second on. Raises `StaleWrite` where a colleague saved the response
    after this person opened it.
    """
    response = locked_response(response, by, now)
    given, uploads = list(given), list(uploads)
    if response.state == ResponseState.WITHDRAWN:
        raise Refused(TAKEN_BACK)
    if not uploads and same_answers(response, given):
        return response  # the same form sent twice
    response.check_version(version)
    store_answers(response, given)
    if response.state == ResponseState.SUBMITTED:
        check_complete(response, uploads=len(uploads))
    attach_files(response, uploads, by)
    response.saved_at = now
    response.bump_version().save(update_fields=["saved_at", "version"])
    record("engagement.response.saved", target=response, by=by)
    return response


@transaction.atomic
def submit_response(*, response: Response, by: User, now: datetime) -> Response:
    """Hand the saved draft in. Refused with each required question that has no answer."""
    response = locked_response(response, by, now)
    why_not = TAKEN_BACK if response.state == ResponseState.WITHDRAWN else "This response is submitted already"
    check_transition(RESPONSE_TRANSITIONS, response.state, ResponseState.SUBMITTED, why_not)
    check_complete(response)
    response.state, response.submitted_at, response.submitted_by = ResponseState.SUBMITTED, now, by
    response.bump_version().save(update_fields=["state", "submitted_at", "submitted_by", "version"])
    record("engagement.response.submitted", target=response, by=by)
    tell(
        kind=Kind.RESPONSE,
        subject=f"Response submitted: {response.request.title}",
        body=f"{by} submitted the response of {response.supplier}. You can change or withdraw it until the request "
        "closes. The authority cannot read it before then.",
        path=response.get_absolute_url(),
        link_text="See the response",
        reason=f"You are a member of {response.supplier}",
        recipients=people_of(response.supplier),
        dedupe_key=f"engagement.response.submitted:{response.pk}:{response.version}",
    )
    return response


def store_answers(response: Response, given: Iterable[Given]) -> None:
    """Write each answer once; a question of another request is never written."""
    own = set(response.request.market_questions.values_list("pk", flat=True))
    Answer.objects.bulk_create(
        [
            Answer(response=response, question=item.question, value=item.value, is_confidential=item.is_confidential)
            for item in given
            if item.question.pk in own
        ],
        update_conflicts=True,
        unique_fields=["response", "question"],
        update_fields=["value", "is_confidential"],
    )


def same_answers(response: Response, given: Iterable[Given]) -> bool:
    """Whether the stored answers say the same as what was given."""
    stored = {answer.question_id: (answer.value, answer.is_confidential) for answer in response.answers.all()}
    return stored == {item.question.pk: (item.value, item.is_confidential) for item in given}


def attach_files(response: Response, uploads: Sequence[UploadedFile], by: User) -> None:
    """Store the files last of all, when nothing else can refuse, so that no content is left without a row."""
    if response.files.count() + len(uploads) > MOST_FILES:
        raise Refused([Reason(f"You can attach up to {MOST_FILES} files. Remove one first", "uploads")])
    for upload in uploads:
        stored = store_file(upload=upload, by=by)
        response.files.add(stored)
        record("engagement.response.file_added", target=response, by=by, new={"file": stored.name})


def check_complete(response: Response, *, uploads: int = 0) -> None:
    """Refuse a submitted response of an unverified supplier, or one that lacks an answer."""
    if why := why_not_active(response.supplier):
        raise Refused(f"{why} Your draft is saved")
    if reasons := missing_answers(response, uploads=uploads):
        raise Refused(reasons)


def missing_answers(response: Response, *, uploads: int = 0) -> list[Reason]:
    """A reason for each required question without an answer, and one where nothing is answered at all."""
    answered = set(response.answers.exclude(value="").values_list("question_id", flat=True))
    questions = list(response.request.market_questions.all())
    reasons = [
        Reason(f"Answer the question: {question.text}", f"answer_{question.pk}")
        for question in questions
        if question.is_required and question.pk not in answered
    ]
    if not reasons and questions and not (answered or uploads or response.files.exists()):
        reasons.append(Reason("Answer at least one question or attach a file", f"answer_{questions[0].pk}"))
    return reasons


@transaction.atomic
def withdraw_response(*, response: Response, by: User, now: datetime) -> Response:
    """Take the response back, until closing. It can be started again while the request is open."""
    response = locked_response(response, by, now)
    check_transition(
        RESPONSE_TRANSITIONS, response.state, ResponseState.WITHDRAWN, "This response is withdrawn already"
    )
    response.state, response.submitted_at, response.submitted_by = ResponseState.WITHDRAWN, None, None
    response.bump_version().save(update_fields=["state", "submitted_at", "submitted_by", "version"])
    record("engagement.response.withdrawn", target=response, by=by)
    return response


@transaction.atomic
def remove_file(*, response: Response, stored_file: StoredFile, by: User, now: datetime) -> None:
    """Delete a file of the response, until closing. What is submitted must stay complete without it."""
    response = locked_response(response, by, now)
    if not response.files.filter(pk=stored_file.pk).exists():
        return
    delete_file(stored_file=stored_file, by=by)
    if response.state == ResponseState.SUBMITTED:
        check_complete(response)
    response.bump_version().save(update_fields=["version"])
    record("engagement.response.file_removed", target=response, by=by, old={"file": stored_file.name})
