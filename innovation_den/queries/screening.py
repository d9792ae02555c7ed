"""Reading how far the screening of each pitch is, and who may take the next step."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Case, CharField, Count, F, Q, QuerySet, Value, When
from django.db.models.enums import TextChoices

from innovation_den.choices import HIDING, AppealState, PitchState, Verdict
from innovation_den.models import Conflict, Den, Pitch, Screening
from innovation_den.models.pitches import PitchQuerySet
from portal.organisations.models import Membership
from portal.organisations.queries import writers_of
from portal.working_days import shift_working_days

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User

    Person = User | AnonymousUser

VIEWS = 2
APPEAL_DAYS = 10  # working days


class Stage(TextChoices):
    """How far a pitch is. It never tells a view before both are given."""

    NONE = "none", "Waiting for two views"
    ONE = "one", "Waiting for one more view"
    SPLIT = "split", "The two views differ"
    AGREED = "agreed", "Both say no: tell the firm why"
    APPEALED = "appealed", "Appeal waiting"
    INVITED = "invited", "Invited to pitch"
    REJECTED = "rejected", "Not invited"
    WITHDRAWN = "withdrawn", "Withdrawn"


def with_stage(pitches: PitchQuerySet) -> QuerySet[Pitch]:
    """Each pitch with `given`, the number of views, and `stage`."""
    yes = Count("screenings", filter=Q(screenings__verdict=Verdict.ACCEPT))
    stage = Case(
        When(appeal__state=AppealState.OPEN, then=Value(Stage.APPEALED)),
        When(state=PitchState.ACCEPTED, then=Value(Stage.INVITED)),
        When(state=PitchState.REJECTED, then=Value(Stage.REJECTED)),
        When(state=PitchState.WITHDRAWN, then=Value(Stage.WITHDRAWN)),
        When(given__lt=1, then=Value(Stage.NONE)),
        When(given__lt=VIEWS, then=Value(Stage.ONE)),
        When(yes=0, then=Value(Stage.AGREED)),
        default=Value(Stage.SPLIT),
        output_field=CharField(),
    )
    return pitches.annotate(given=Count("screenings"), yes=yes).annotate(stage=stage)


def screened_by(user: Person) -> PitchQuerySet:
    """Pitches whose screening the user may follow: what they may see, but none of a firm of theirs.

    Firms hear one text from the host, never who wrote which view, also where one of their people works for the host.
    """
    return Pitch.objects.visible_to(user).without_part_of(user)


def pitches_to_screen(den: Den, user: Person) -> QuerySet[Pitch]:
    """The den's pitches that were sent and whose screening the user may follow, with their stage: by title."""
    sent = screened_by(user).filter(den=den).exclude(state=PitchState.DRAFT)
    return with_stage(sent.filter(submitted_at__isnull=False)).select_related("firm").order_by("title", "pk")


def stage_of(pitch: Pitch) -> Stage:
    return Stage(with_stage(Pitch.objects.filter(pk=pitch.pk)).get().stage)  # type: ignore[attr-defined]


def count_unsettled(den: Den, user: Person) -> int:
    """How many of the pitches whose screening the user may follow wait for a view or a decision."""
    waits = Q(state=PitchState.SUBMITTED) | Q(appeal__state=AppealState.OPEN)
    return screened_by(user).filter(waits, den=den).count()


def view_of(pitch: Pitch, user: Person) -> Screening | None:
    """The user's own view of the pitch."""
    return pitch.screenings.filter(screener=user).first() if user.is_authenticated else None


def readable_views(pitch: Pitch, user: Person) -> list[Screening]:
    """Both views once both are given; until then nobody reads more than their own."""
    views = list(pitch.screenings.select_related("screener"))
    return views if len(views) >= VIEWS else [view for view in views if view.screener_id == user.pk]


def belongs_to_a_firm_of(pitch: Pitch, user: Person) -> bool:
    """Whether the user has any role in the firm that leads, or in one that was asked to join in."""
    return user.is_authenticated and user.pk in _insiders(pitch)


def _insiders(pitch: Pitch) -> set[int]:
    firms = Q(organisation=pitch.firm_id) | Q(organisation__joint_pitches__pitch=pitch)
    return set(Membership.objects.filter(firms, ended_at=None).values_list("user", flat=True))


def _impartial(pitch: Pitch) -> QuerySet[User]:
    """Writers of the host without a role in a firm of the pitch and without a conflict over it."""
    hidden = Conflict.objects.filter(pitch=pitch, state__in=HIDING, panellist__user__isnull=False)
    return writers_of(pitch.den.host).exclude(pk__in=_insiders(pitch)).exclude(pk__in=hidden.values("panellist__user"))


def _first_with_anybody(*choices: QuerySet[User]) -> QuerySet[User]:
    return next((people for people in choices if people.exists()), choices[-1])


def settlers_of(pitch: Pitch) -> QuerySet[User]:
    """Who decides where the two views differ: the den's owner.

    Where the owner no longer writes for the host, or is not impartial: writers who gave no view, else any of them.
    """
    people = _impartial(pitch)
    others = people.exclude(pk__in=pitch.screenings.values("screener"))
    return _first_with_anybody(people.filter(pk=pitch.den.owner_id), others, people)


def letter_writers_of(pitch: Pitch) -> QuerySet[User]:
    """Who tells the firm why, where both say no: the two, or the den's owner."""
    people = _impartial(pitch)
    two = Q(pk__in=pitch.screenings.values("screener")) | Q(pk=pitch.den.owner_id)
    return _first_with_anybody(people.filter(two), people)


def appeal_deciders(pitch: Pitch) -> tuple[QuerySet[User], str]:
    """Who decides an appeal: writers of the host who neither screened the pitch nor decided on it.

    Where there are none, the den's owner does; the second part of the answer says why, for the record.
    """
    people = _impartial(pitch)
    used = Q(pk__in=pitch.screenings.values("screener")) | Q(pk=pitch.decided_by_id)
    others = people.exclude(used)
    if others.exists():
        return others, ""
    why = f"Nobody else writes for {pitch.den.host} who took no part in the screening of this pitch."
    return _first_with_anybody(people.filter(pk=pitch.den.owner_id), people), why


def appeal_until(pitch: Pitch) -> datetime | None:
    """Until when the firm may appeal: 10 working days after it was told; None where it was not rejected."""
    return shift_working_days(pitch.decided_at, APPEAL_DAYS) if pitch.decided_at else None


def rejections_still_open(den: Den, now: datetime) -> list[Pitch]:
    """Rejected pitches whose firms may still appeal, and have not."""
    rejected = Pitch.objects.filter(den=den, state=PitchState.REJECTED, appeal=None).order_by(F("decided_at").asc())
    return [pitch for pitch in rejected if (until := appeal_until(pitch)) and now <= until]
