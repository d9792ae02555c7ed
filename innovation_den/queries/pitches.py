"""What is read of pitches. All reads by others than the firm go through `visible_to` or `without_conflicts_of`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from innovation_den.choices import DenState, PitchState
from innovation_den.models import Den, Pitch, PitchPartner
from innovation_den.models.pitches import PitchQuerySet
from portal.organisations.models import Membership, Organisation
from portal.organisations.permissions import WRITERS
from portal.working_days import shift_working_days

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User

REMIND_WORKING_DAYS = 3  # before a call closes
COLUMNS = (
    *("Reference", "Title", "Firm", "Size", "Region", "Together with", "In one sentence", "Cost of a test (GBP)"),
    *("State", "Submitted"),
)


def submitted_pitches(den: Den, user: User | AnonymousUser) -> PitchQuerySet:
    """Those that were handed in, as far as the user may read them: none before the call has closed by the clock."""
    return (
        Pitch.objects.visible_to(user)
        .filter(den=den, submitted_at__isnull=False)
        .exclude(state=PitchState.DRAFT)
        .select_related("firm", "den")
        .prefetch_related("partners__firm")
        .order_by("title", "id")
    )


def drafts_to_remind_of(now: datetime) -> Iterator[Pitch]:
    """Drafts whose call closes within three working days: from the morning of the third day before it."""
    for den in Den.objects.filter(state=DenState.OPEN, closes_at__gt=now):
        if den.closes_at and timezone.localdate(now) >= timezone.localdate(
            shift_working_days(den.closes_at, -REMIND_WORKING_DAYS)
        ):
            yield from den.pitches.filter(state=PitchState.DRAFT)


def own_pitches(user: User) -> PitchQuerySet:
    """Of the user's firms, led or joined: the nearest closing first."""
    mine = Organisation.objects.of_user(user).values("pk")
    writes = Membership.objects.filter(organisation=OuterRef("firm"), user=user, ended_at=None, role__in=WRITERS)
    asked = PitchPartner.objects.filter(pitch=OuterRef("pk"), firm__in=mine, agreed_at=None)
    return (
        Pitch.objects.of_firms_of(user)
        .select_related("den__host", "firm")
        .annotate(may_write=Exists(writes), is_asked=Exists(asked))
        .order_by(F("den__closes_at").desc(nulls_last=True), "-id")
    )


def pitches_of_firm(den: Den, firm: Organisation) -> PitchQuerySet:
    """The firm's own in this den, led or joined."""
    joined = PitchPartner.objects.filter(pitch=OuterRef("pk"), firm=firm)
    return Pitch.objects.filter(Q(firm=firm) | Exists(joined), den=den).select_related("firm")


def rows_for_export(pitches: PitchQuerySet) -> Iterator[list[Any]]:
    for pitch in pitches.iterator(chunk_size=200):
        yield [
            pitch.reference,
            pitch.title,
            pitch.firm.name,
            pitch.firm.get_size_display(),
            pitch.firm.get_region_display(),
            ", ".join(partner.firm.name for partner in pitch.partners.all() if partner.agreed_at),
            pitch.summary,
            pitch.ask_amount,
            pitch.get_state_display(),
            pitch.submitted_at,
        ]
