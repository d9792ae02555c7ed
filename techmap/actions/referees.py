"""Ask somebody at a public body whether a case study is true, and take the answer by one signed link."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from portal.audit.actions import record
from portal.audit.models import Event
from portal.notifications.actions import send_account_email, tell
from portal.notifications.choices import Kind as Notice
from portal.organisations.choices import Role
from portal.organisations.domains import domain_of
from portal.organisations.models import Organisation
from portal.organisations.permissions import why_not_active
from portal.organisations.queries import people_of
from portal.organisations.tokens import hash_token, new_token, sign_token
from portal.records import sent_before
from portal.refusals import Reason, Refused
from techmap.actions.case_studies import IN_MAIL, locked_study, settle_evidence, why_not_in_mail
from techmap.choices import RefereeAnswer, RefereeState
from techmap.models import CaseStudy, RefereeRequest
from techmap.queries.case_studies import (
    is_complete,
    is_of_public_body,
    is_own_address,
    open_questions,
    state_of,
    substance,
)

if TYPE_CHECKING:
    from portal.accounts.models import User

LIFE = timedelta(days=30)
MOST_OPEN = 5  # questions about one case study
MOST_A_DAY = 10  # questions of one supplier
ASKED = "techmap.referee.asked"
LONGEST = {"name": 120, "role": 120, "comment": 1000}

GONE: dict[str, str] = {
    RefereeState.CONFIRMED: "This question was already answered. Thank you.",
    RefereeState.DECLINED: "This question was already answered. Thank you.",
    RefereeState.EXPIRED: "This link has expired. The supplier can ask you again.",
    RefereeState.OUTDATED: "The supplier has changed the case study since it asked you. There is nothing to answer.",
}


@transaction.atomic
def ask_referee(*, study: CaseStudy, email: str, submission_key: UUID, by: User, now: datetime) -> RefereeRequest:
    """Send one e-mail with one link to somebody at a public body. The same form sent twice asks once.

    The address is at the domain of a verified public body, or under one of PUBLIC_BODY_SUFFIXES, and
    never one of the supplier's own. What the mail quotes holds no link. An earlier question to the address
    that ran out, or that is about something the case study no longer says, makes room.
    """
    study = locked_study(study, by)
    if asked := sent_before(study.referee_requests.all(), submission_key):
        return asked
    email = email.strip().lower()
    if reasons := [*_wrong_with_asking(study, email, now), *_wrong_in_mail(study, by)]:
        raise Refused(reasons)
    study.referee_requests.filter(email=email, answer="").delete()
    token = new_token()
    question = RefereeRequest.objects.create(
        case_study=study,
        email=email,
        token_hash=hash_token(token),
        asked_by=by,
        asked_at=now,
        expires_at=now + LIFE,
        asked_about=substance(study),
        submission_key=submission_key,
    )
    # The record is for ever, so it says where the referee works and not who it is.
    record(ASKED, target=study.profile, by=by, new={"case_study": study.title, "domain": domain_of(email)})
    _send(question, token)
    return question


def _wrong_with_asking(study: CaseStudy, email: str, now: datetime) -> Iterator[Reason]:
    supplier = study.profile.organisation
    if why_not := why_not_active(supplier):
        yield Reason(why_not)
    if not is_complete(study):
        yield Reason("Finish the case study before you ask somebody to confirm it")
    yield from _wrong_address(study, supplier, email, now)
    others = open_questions(study, now).exclude(email=email)
    if others.count() >= MOST_OPEN:
        yield Reason(f"{MOST_OPEN} questions about this case study are open. Wait for an answer")
    day = Event.objects.about(study.profile).filter(name=ASKED, at__gt=now - timedelta(days=1))
    if day.count() >= MOST_A_DAY:
        yield Reason(f"You have asked {MOST_A_DAY} times in the last 24 hours. Ask again tomorrow")


def _wrong_in_mail(study: CaseStudy, by: User) -> Iterator[Reason]:
    """What the mail would quote: old case studies and the asker's name were not held to the rule when written."""
    for name in IN_MAIL:
        if why_not := why_not_in_mail(getattr(study, name)):
            yield Reason(f"The {name} of the case study {why_not}. Change it before you ask")
    if why_not := why_not_in_mail(str(by)):
        yield Reason(f"Your own name {why_not}. Change it in your account before you ask")


def _wrong_address(study: CaseStudy, supplier: Organisation, email: str, now: datetime) -> Iterator[Reason]:
    if is_own_address(email, supplier):
        yield Reason(
            "This address belongs to your own organisation. Enter that of somebody at the public body", "email"
        )
    elif not is_of_public_body(domain_of(email)):
        yield Reason("Enter a work e-mail address at a public body, such as one that ends in gov.uk or nhs.uk", "email")
    stands = substance(study)
    for question in study.referee_requests.filter(email=email):
        match state_of(question, stands, now):
            case RefereeState.WAITING:
                yield Reason(f"{email} has been asked already, and the question is still open", "email")
            case RefereeState.CONFIRMED | RefereeState.DECLINED:
                yield Reason(f"{email} has answered this question already", "email")


def _send(question: RefereeRequest, token: str) -> None:
    study = question.case_study
    supplier = study.profile.organisation
    path = reverse("techmap:referee-answer", args=[sign_token(token)])
    send_account_email(
        to=question.email,
        subject=f"Can you confirm what {supplier} says of its work?",
        body=(
            f"{supplier} has written about work that it says it did for {study.customer}: “{study.title}”. "
            f"{question.asked_by} named you as somebody who can say whether that is true.\n\n"
            f"Read it and answer here, without signing in. The link is for you alone; please do not pass it on:\n\n"
            f"{settings.SITE_URL}{path}\n\n"
            f"Your answer helps public bodies to see what suppliers have really done. The link works once, "
            f"for 30 days. If you do not know of this work, say so there, or do nothing: without your answer "
            f"nothing is counted as confirmed."
        ),
    )


@transaction.atomic
def answer_question(
    *, question: RefereeRequest, answer: str, name: str, role: str, comment: str, now: datetime
) -> RefereeRequest:
    """Take the one answer of whoever holds the link. A confirmation makes the case study evidence.

    Raises `Refused` for a question that was answered, has expired, or is about what no longer stands.
    """
    supplier = Organisation.objects.locked(question.case_study.profile.organisation_id)
    question = (
        RefereeRequest.objects.select_for_update(of=("self",)).select_related("case_study__profile").get(pk=question.pk)
    )
    question.case_study.profile.organisation = supplier
    state = state_of(question, substance(question.case_study), now)
    if question.answer or state != RefereeState.WAITING:
        raise Refused(gone(question, state))
    given = {"name": name.strip(), "role": role.strip(), "comment": comment.strip()}
    if reasons := list(_wrong_answer(answer, given)):
        raise Refused(reasons)
    question.answer, question.answered_at = RefereeAnswer(answer), now
    question.referee_name, question.referee_role, question.comment = given["name"], given["role"], given["comment"]
    question.save(update_fields=["answer", "answered_at", "referee_name", "referee_role", "comment"])
    new = {
        "case_study": question.case_study.title,
        "answer": question.get_answer_display(),
        "domain": domain_of(question.email),
    }
    record("techmap.referee.answered", target=question.case_study.profile, by=None, new=new)
    settle_evidence(question.case_study, reason="No confirmation stands.")
    _tell_supplier(question, supplier)
    return question


def gone(question: RefereeRequest, state: RefereeState) -> str:
    """Why the link no longer takes an answer. An answer that was given comes before all else."""
    return GONE[question.answer or state]


def _wrong_answer(answer: str, given: dict[str, str]) -> Iterator[Reason]:
    if answer not in RefereeAnswer.values:
        yield Reason("Select whether you can confirm it", "answer")
    if answer == RefereeAnswer.CONFIRMED:
        if not given["name"]:
            yield Reason("Enter your name", "name")
        if not given["role"]:
            yield Reason("Enter your role", "role")
    for name, most in LONGEST.items():
        if len(given[name]) > most:
            yield Reason(f"Your {name} must be {most:,} characters or fewer", name)


def _tell_supplier(question: RefereeRequest, supplier: Organisation) -> None:
    study = question.case_study
    is_confirmed = question.answer == RefereeAnswer.CONFIRMED
    said = "confirmed" if is_confirmed else "did not confirm"
    tell(
        kind=Notice.ORGANISATION,
        subject=f"Your referee {said} “{study.title}”",
        body=(
            f"Your referee at {domain_of(question.email)} {said} the case study “{study.title}”."
            + (" It now counts as evidence for the capabilities that it names." if is_confirmed else "")
        ),
        recipients=people_of(supplier, Role.OWNER, Role.EDITOR),
        path=study.get_absolute_url(),
        link_text="See the case study",
        reason=f"You write for {supplier}.",
    )
