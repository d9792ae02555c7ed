"""Tell firms and panellists of the slots that they are asked to, of each change, and of what is called off."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Q
from django.urls import reverse

from innovation_den.models import Den, Slot, SlotInvitation
from innovation_den.queries.programme import firms_in, panel_of
from portal.govuk.formats import when
from portal.notifications.actions import tell
from portal.notifications.choices import Kind
from portal.organisations.models import Membership
from portal.organisations.permissions import WRITERS

if TYPE_CHECKING:
    from portal.accounts.models import User

Lines = dict[int, list[str]]  # by user
FIELDS = ["sequence", "starts_at", "ends_at", "room", "cancelled_at"]


def invite(*, den: Den, slots: Sequence[Slot], now: datetime) -> int:
    """Bring the invitations to these slots up to what holds now; each person gets one notice of all their changes.

    `slots` were read with firms and seats; one that is cancelled expects nobody. Returns how many people were told.
    """
    expected = {slot.pk: {} if slot.cancelled_at else people for slot, people in _expected(slots)}
    known: dict[int, dict[int, SlotInvitation]] = defaultdict(dict)
    for invitation in SlotInvitation.objects.filter(slot__in=expected).select_for_update():
        known[invitation.slot_id][invitation.user_id] = invitation
    lines: Lines = defaultdict(list)
    changed: list[SlotInvitation] = []
    for slot in slots:
        for user in sorted(expected[slot.pk].keys() | known[slot.pk].keys()):
            invitation = known[slot.pk].get(user) or SlotInvitation(slot=slot, user_id=user, cancelled_at=now)
            line = _bring_up(invitation, slot, expected[slot.pk].get(user, ""), now)
            if line:
                lines[user].append(line)
                changed.append(invitation)
    SlotInvitation.objects.bulk_create([one for one in changed if one.pk is None])
    SlotInvitation.objects.bulk_update([one for one in changed if one.pk], FIELDS)
    return _tell(den, lines)


def _expected(slots: Sequence[Slot]) -> Iterable[tuple[Slot, dict[int, str]]]:
    """Each slot with the people asked to it, and what each is told it is: writers of its firms, and its panel.

    A panellist reads no title in a notice, which would stay in their inbox when a conflict hides the pitch later.
    """
    firms = {firm.pk for slot in slots for firm in firms_in(slot.pitch)}
    writers: dict[int, set[int]] = defaultdict(set)
    today = Q(organisation__in=firms, role__in=WRITERS, ended_at=None, user__is_active=True)
    for organisation, user in Membership.objects.filter(today).values_list("organisation_id", "user_id"):
        writers[organisation].add(user)
    for slot in slots:
        people = {one.user_id: "a pitch" for one in panel_of(slot) if one.user_id}
        people |= {user: str(slot.pitch) for firm in firms_in(slot.pitch) for user in writers[firm.pk]}
        yield slot, people


def _bring_up(invitation: SlotInvitation, slot: Slot, what: str, now: datetime) -> str:
    """Change the invitation to what holds now, and say how; nothing where it stays. No `what`: not expected."""
    stood = invitation.cancelled_at is None
    told = (invitation.starts_at, invitation.ends_at, invitation.room)
    was = _where(invitation) if stood else ""
    if not what and stood:
        invitation.sequence, invitation.cancelled_at = invitation.sequence + 1, now
        # Without the title: it may be a conflict that ended it.
        return f"Called off for you: the pitch {was}"
    if not what or (stood and told == _told(slot)):
        return ""
    was_known = invitation.pk is not None
    invitation.sequence = max(slot.sequence, invitation.sequence + 1 if was_known else 0)
    invitation.cancelled_at = None
    invitation.starts_at, invitation.ends_at, invitation.room = _told(slot)
    return f"Moved: {what} {was} is now {_where(slot)}" if stood else f"New: {what} {_where(slot)}"


def _told(slot: Slot) -> tuple[datetime, datetime, str]:
    return slot.starts_at, slot.ends_at, slot.room.name


def _where(at: Slot | SlotInvitation) -> str:
    return f"at {when(at.starts_at)} in {at.room}"


def _tell(den: Den, lines: Lines) -> int:
    from portal.accounts.models import User

    people: dict[int, User] = User.objects.in_bulk(list(lines))
    for pk, said in lines.items():
        tell(
            kind=Kind.DEN,
            subject=f"Your slots in the den {den}",
            body="\n\n".join([f"The programme of {den} has changed for you.", *said]),
            recipients=[people[pk]],
            path=reverse("innovation_den:slot-mine", args=[den.reference]),
            link_text="See your slots and put them in your calendar",
            reason="You pitch in this den or sit on its panels.",
        )
    return len(lines)
