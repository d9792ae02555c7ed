"""What people are told of assessments: each notice is said once, however often its cause is looked at."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.urls import reverse

from portal.govuk.formats import day, when
from portal.notifications.actions import tell
from portal.notifications.choices import Kind
from portal.organisations.models import Organisation
from portal.organisations.permissions import WRITERS
from portal.organisations.queries import people_of
from reporting.models import Assessment, Contract

LATE_AGAIN = timedelta(days=30)  # so long after the day, its people are told once more


def _say(assessment: Assessment, to: Organisation, *, subject: str, body: str, key: str, link: str) -> None:
    tell(
        kind=Kind.REPORT,
        subject=f"{subject}: {assessment.contract}",
        body=body,
        recipients=people_of(to, *WRITERS),
        path=assessment.get_absolute_url(),
        link_text=link,
        reason=f"You write for {to}.",
        dedupe_key=f"assessment-{assessment.public_id}-{key}",
    )


def _period(assessment: Assessment) -> str:
    return f"{day(assessment.period_start)} to {day(assessment.period_end)}"


def tell_shared(assessment: Assessment) -> None:
    contract = assessment.contract
    _say(
        assessment,
        contract.supplier,
        subject="An assessment to reply to",
        body=f"{contract.buyer} has assessed how you performed {contract} from {_period(assessment)}. You may reply "
        f"until {when(assessment.reply_due_at)}. Your reply is shown beside the assessment.",
        key=f"shared-{assessment.version}",
        link="Read it and reply",
    )


def tell_taken_back(assessment: Assessment, now: datetime) -> None:
    contract = assessment.contract
    _say(
        assessment,
        contract.supplier,
        subject="An assessment was taken back",
        body=f"{contract.buyer} is changing its assessment of {contract} from {_period(assessment)}. It will be shared "
        "with you again, and you may reply then.",
        key=f"taken-back-{now.isoformat()}",
        link="See the contract",
    )


def tell_reply(assessment: Assessment) -> None:
    contract = assessment.contract
    _say(
        assessment,
        contract.buyer,
        subject="A reply to your assessment",
        body=f"{contract.supplier} has replied to your assessment from {_period(assessment)}. You may make it final "
        "now, or take it back to change it.",
        key=f"reply-{assessment.version}",
        link="Read the reply",
    )


def tell_final(assessment: Assessment) -> None:
    contract = assessment.contract
    public = " It is public, with your reply beside it." if contract.is_published else ""
    _say(
        assessment,
        contract.supplier,
        subject="An assessment is final",
        body=f"{contract.buyer} has made its assessment from {_period(assessment)} final.{public}",
        key="final",
        link="Read the assessment",
    )


# --- By the clock ----------------------------------------------------------------------------------


def tell_reply_due(assessment: Assessment) -> None:
    """Two working days are left."""
    _say(
        assessment,
        assessment.contract.supplier,
        subject="Little time is left to reply to an assessment",
        body=f"You may reply until {when(assessment.reply_due_at)}.",
        key=f"reply-due-{assessment.reply_due_at:%Y%m%d}",
        link="Read it and reply",
    )


def tell_may_finish(assessment: Assessment) -> None:
    contract = assessment.contract
    _say(
        assessment,
        contract.buyer,
        subject="An assessment can be made final",
        body=f"{contract.supplier} has not replied, and the time for it is over.",
        key=f"may-finish-{assessment.reply_due_at:%Y%m%d}",
        link="Make it final",
    )


def tell_due(contract: Contract, due: date, today: date) -> None:
    """Once before it is due, once on the day, once when it is late by 30 days."""
    if today < due:
        stage, words = "soon", f"is due by {day(due)}"
    elif today < due + LATE_AGAIN:
        stage, words = "due", f"was due by {day(due)}" if today > due else "is due today"
    else:
        stage, words = "late", f"was due by {day(due)} and is late"
    tell(
        kind=Kind.REPORT,
        subject=f"An assessment {'is late' if stage == 'late' else 'is due'}: {contract}",
        body=f"The assessment of {contract} {words}. Contracts are assessed at least once in every 12 months and when "
        "they end (Procurement Act 2023, section 71). A draft is filled in from the returns and your ratings.",
        recipients=people_of(contract.buyer, *WRITERS),
        path=reverse("reporting:assessment-create", args=[contract.reference]),
        link_text="Begin the assessment",
        reason=f"You write for {contract.buyer}.",
        dedupe_key=f"assessment-{stage}-{contract.reference}-{due:%Y%m%d}",
    )
