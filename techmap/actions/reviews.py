"""Remind suppliers of the yearly review of their profile."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from portal.govuk.formats import day
from portal.notifications.actions import tell
from portal.notifications.choices import Kind
from portal.organisations.permissions import WRITERS
from portal.organisations.queries import people_of
from techmap.models import SupplierProfile
from techmap.models.profiles import REVIEW_EVERY

MONTH = timedelta(days=30)
# The days from the due day on which each reminder is due itself, the latest first.
STAGES = {"after": MONTH, "day": timedelta(0), "before": -MONTH}


@transaction.atomic
def remind_of_review(*, profile: SupplierProfile, stood: datetime, now: datetime) -> bool:
    """Tell the supplier's owners and editors that the review is near, due or overdue: each of them each once.

    `stood` is when the year began. Where more than one reminder is due, only the latest is sent.
    Whether anybody was told now or before; False where it is too early.
    """
    due, today = timezone.localdate(stood + REVIEW_EVERY), timezone.localdate(now)
    stage = next((stage for stage, after in STAGES.items() if due + after <= today), None)
    if stage is None:
        return False
    supplier = profile.organisation
    page = "profile-review" if profile.summary else "profile-edit"
    message = tell(
        kind=Kind.DEADLINE,
        subject=_subject(stage, str(supplier), due),
        body=_body(stage, str(supplier), due),
        recipients=people_of(supplier, *WRITERS),
        path=reverse(f"techmap:{page}", args=[supplier.pk]),
        link_text="Review the profile",
        reason=f"You keep the profile of {supplier}.",
        dedupe_key=f"profile-review:{profile.pk}:{due:%Y-%m-%d}:{stage}",
    )
    return message is not None


def _subject(stage: str, supplier: str, due: date) -> str:
    if stage == "before":
        return f"Review the profile of {supplier} by {day(due)}"
    return f"The profile of {supplier} is due for its yearly review" if stage == "day" else f"{supplier} looks out of date"


def _body(stage: str, supplier: str, due: date) -> str:
    first = {
        "before": f"On {day(due)} it will be a year since anybody said that the profile of {supplier} is true.",
        "day": f"It is a year since anybody said that the profile of {supplier} is true.",
        "after": f"Since {day(due)} the page of {supplier} says that its claims were not confirmed for over a year.",
    }[stage]
    return (
        f"{first} Buyers see how old your claims are, and trust fresh ones more.\n\n"
        "Read what your profile says, change what is no longer true, and confirm the rest. It takes a few minutes."
    )
