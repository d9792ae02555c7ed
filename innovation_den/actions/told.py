"""Who hears of what happens to a den and to a pitch, and in which words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from innovation_den.choices import PanellistState, PitchState
from innovation_den.models import Den, Pitch
from innovation_den.queries.dens import panel_people, people_pitching
from portal.govuk.formats import when
from portal.notifications.actions import send_account_email, tell
from portal.notifications.choices import Kind
from portal.organisations.queries import writers_of
from techmap.queries import people_to_tell

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from portal.accounts.models import User

WRITING = (PitchState.DRAFT, PitchState.SUBMITTED)
TOOK_PART = (*WRITING, PitchState.ACCEPTED, PitchState.REJECTED)


def _tell(
    den: Den,
    subject: str,
    body: str,
    *,
    reason: str,
    recipients: QuerySet[User],
    key: str,
    kind: Kind = Kind.DEN,
    link_text: str = "Open the den",
) -> None:
    """One notice about the den, with a link to it."""
    tell(
        kind=kind,
        subject=f"{subject}: {den.title}",
        body=body,
        path=den.get_absolute_url(),
        link_text=link_text,
        reason=reason,
        recipients=recipients,
        dedupe_key=f"innovation_den.den.{key}",
    )


def tell_of_call(den: Den) -> None:
    """Whoever offers or follows one of the den's capabilities, once each."""
    _tell(
        den,
        "New innovation den",
        f"{den.host} asks firms to pitch ideas. The call closes {_time(den.closes_at)}.\n\n{den.challenge[:600]}",
        kind=Kind.MATCH,
        link_text="Read the call and pitch",
        reason="You follow a capability that it concerns, or your organisation offers one",
        recipients=people_to_tell(den.capabilities.all()),
        key=f"published:{den.pk}",
    )


def tell_of_closing(den: Den) -> None:
    """Those who run the den."""
    count = den.pitches.filter(state=PitchState.SUBMITTED).count()
    _tell(
        den,
        "The call has closed",
        f"{count} {'pitch was' if count == 1 else 'pitches were'} submitted. You can read them now.",
        reason=f"You write for {den.host}",
        recipients=writers_of(den.host),
        key=f"closed:{den.pk}",
    )


def tell_of_later_closing(den: Den) -> None:
    """The people of every firm that has begun or submitted a pitch."""
    _tell(
        den,
        "More time to pitch",
        f"The call now closes {_time(den.closes_at)}. You can change what you have written until then.",
        reason="Your organisation has begun a pitch",
        recipients=people_pitching(den, WRITING),
        key=f"put_off:{den.pk}:{den.version}",
    )


def tell_of_draft(pitch: Pitch) -> None:
    """Those who can submit it, once."""
    tell(
        kind=Kind.DEN,
        subject=f"Not submitted yet: {pitch.title}",
        body=(
            f"Your pitch “{pitch.title}” is still a draft. The call closes {_time(pitch.den.closes_at)}. "
            "Only what is submitted by then counts. If you do not want to pitch, withdraw it."
        ),
        path=pitch.get_absolute_url(),
        link_text="Finish your pitch",
        reason=f"You write for {pitch.firm}",
        recipients=writers_of(pitch.firm),
        dedupe_key=f"innovation_den.pitch.unsent:{pitch.pk}",
    )


def tell_of_calling_off(den: Den) -> None:
    """Everybody who pitched, and the panellists; an invited one who has no account hears by e-mail."""
    body = f"{den.host} has called this den off.\n\nThe reason given: {den.called_off_reason}"
    for reason, people in (
        ("Your organisation takes part", people_pitching(den, TOOK_PART)),
        ("You sit on a panel of this den", panel_people(den)),
    ):
        _tell(den, "Called off", body, reason=reason, recipients=people, key=f"called_off:{den.pk}")
    subject = f"Called off: {den.title}"
    for email in den.panellists.filter(state=PanellistState.INVITED, user=None).values_list("email", flat=True):
        send_account_email(to=email, subject=subject, body=f"{body}\n\nYour invitation to its panel no longer holds.")


def tell_firms(pitch: Pitch, subject: str, body: str, *, key: str) -> None:
    """Everybody in the firms of the pitch."""
    tell(
        kind=Kind.DEN,
        subject=f"{subject}: {pitch.title}",
        body=body,
        path=pitch.get_absolute_url(),
        link_text="See the pitch",
        reason="Your organisation takes part in this pitch",
        recipients=people_pitching(pitch.den, PitchState.values, pitch=pitch),
        dedupe_key=f"innovation_den.pitch.{key}:{pitch.pk}:{pitch.version}",
    )


def tell_host_of_drop_out(pitch: Pitch) -> None:
    """Those who run the den; one who may not read the pitch, for a conflict, hears from a colleague."""
    readers = [
        user for user in writers_of(pitch.den.host) if Pitch.objects.visible_to(user).filter(pk=pitch.pk).exists()
    ]
    tell(
        kind=Kind.DEN,
        subject=f"{pitch.firm} has dropped out: {pitch.den.title}",
        body=f"{pitch.firm} will not pitch “{pitch.title}”.\n\nThe reason given: {pitch.drop_out_reason}",
        path=pitch.get_absolute_url(),
        link_text="See the pitch",
        reason=f"You write for {pitch.den.host}",
        recipients=readers,
        dedupe_key=f"innovation_den.pitch.dropped_out:{pitch.pk}:{pitch.version}",
    )


def _time(value: datetime | None) -> str:
    return when(timezone.localtime(value)) if value else "later"
