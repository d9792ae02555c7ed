"""Reading who sits on the panels, who is asked to, and which half-days there are."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from innovation_den.choices import DenState, Half, PanellistState, PanelSector
from innovation_den.models import Den, Panellist, Pitch, Session
from portal.organisations.models import Organisation
from portal.organisations.queries import verified_addresses_of
from portal.organisations.tokens import hash_token, unsign_token
from techmap.models import OtherName
from techmap.names import fold_name
from techmap.queries.identities import kept_of

if TYPE_CHECKING:
    from portal.accounts.models import User

# While people may be asked, and may say when they are free. A draft is nobody's to see but the host's.
PANEL_STATES = (DenState.OPEN, DenState.SCREENING, DenState.SCHEDULING, DenState.ON_THE_DAY)
MOST_ALIKE = 500

HalfDay = tuple[date, str]


@dataclass(frozen=True)
class DenHalf:
    """A half-day on which the den sits: from its first slot to the end of its last."""

    date: date
    half: Half
    starts_at: datetime
    ends_at: datetime

    @property
    def key(self) -> str:
        return f"{self.date.isoformat()}-{self.half}"

    @property
    def as_pair(self) -> HalfDay:
        return self.date, self.half.value

    @property
    def hours(self) -> str:
        start, end = timezone.localtime(self.starts_at), timezone.localtime(self.ends_at)
        return f"{start:%H:%M} to {end:%H:%M}"


def half_days_of(den: Den) -> list[DenHalf]:
    """The half-days with a session, in order; sessions of one half-day are taken together."""
    sessions: dict[HalfDay, list[Session]] = defaultdict(list)
    for session in den.sessions.all():
        sessions[timezone.localdate(session.starts_at), session.half.value].append(session)
    return [
        DenHalf(day, Half(half), min(s.starts_at for s in found), max(s.ends_at for s in found))
        for (day, half), found in sorted(sessions.items())
    ]


def free_on(panellist: Panellist) -> set[HalfDay]:
    return set(panellist.free_half_days.values_list("date", "half"))


def panellists_of(den: Den) -> QuerySet[Panellist]:
    """Everybody who was ever asked, with the number of half-days on which they are free."""
    return (
        Panellist.objects.filter(den=den)
        .select_related("employer")
        .annotate(half_day_count=Count("free_half_days"))
        .order_by("sector", "name", "pk")
    )


def sector_counts(den: Den) -> list[tuple[str, int, int]]:
    """For each sector its name, how many sit on the panels, and how many are asked and have not answered."""
    rows = Panellist.objects.filter(den=den).order_by().values_list("sector", "state").annotate(Count("pk"))
    counts = {(sector, state): count for sector, state, count in rows}
    return [
        (
            sector.label,
            counts.get((sector.value, PanellistState.ACCEPTED.value), 0),
            counts.get((sector.value, PanellistState.INVITED.value), 0),
        )
        for sector in PanelSector
    ]


def find_invited(signed: str) -> Panellist | None:
    """Whose link this is; None for one that is cut short, forged, or replaced by a newer one."""
    token = unsign_token(signed)
    if token is None:
        return None
    panellists = Panellist.objects.select_related("den__host", "invited_by")
    return panellists.filter(token_hash=hash_token(token)).first()


def seats_for(user: User) -> QuerySet[Panellist]:
    """The seats that the user holds, and those that their verified addresses are asked to take."""
    asked = Q(state=PanellistState.INVITED, email__in=verified_addresses_of(user))
    held = Q(state=PanellistState.ACCEPTED, user=user)
    seats = Panellist.objects.filter(asked | held).select_related("den__host", "invited_by")
    return seats.order_by("state", "-invited_at", "pk")


def listed_pitches(panellist: Panellist) -> QuerySet[Pitch]:
    """What a panellist looks through for conflicts: invited pitches that none hides, once they have declared."""
    if panellist.user is None:
        return Pitch.objects.none()
    seen = Pitch.objects.visible_to(panellist.user).filter(den=panellist.den_id).accepted()
    return seen.select_related("firm").prefetch_related("partners__firm").order_by("title", "pk")


def employer_named(name: str) -> Organisation | None:
    """The one organisation here that goes by the name; None where there is none, or several.

    Verified ones and those from published lists come before what anybody may have registered.
    """
    folded = fold_name(name)
    if not folded:
        return None
    alike = Organisation.objects.filter(name__istartswith=name.strip().split()[0])[:MOST_ALIKE]
    found = {firm for firm in alike if fold_name(firm.name) == folded}
    found |= {other.supplier for other in OtherName.objects.filter(folded=folded).select_related("supplier")[:10]}
    found = {kept_of(firm) for firm in found}
    vouched = {firm for firm in found if firm.is_verified or firm.is_imported}
    best = vouched or found
    return best.pop() if len(best) == 1 else None
