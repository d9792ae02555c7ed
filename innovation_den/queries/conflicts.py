"""What stands between panellists and pitches: what the portal knows, and what is hidden because of it.

What is found, and from what:

- employer: the panellist's employer, or an organisation that they belong to here, is a firm of the pitch; or their
  e-mail domain is one of a firm's.
- group: employer and firm share an address or a website, were merged or are being looked at as one and the same.
- competitor: a panellist from a large supplier whose employer claims, or has evidence for, a capability of the pitch.
- contract: a contract or a published award between employer and firm, in force or made within two years.
- engagement: the firm responded to an early-engagement request of the employer within a year.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.db.models import Q, QuerySet

from innovation_den.choices import HIDING, ConflictGround, ConflictState, PanelSector
from innovation_den.models import Conflict, Den, Panellist, Pitch
from innovation_den.queries.relations import Relations, firms_asked
from portal.notifications.choices import Kind
from portal.organisations.domains import SHARED_DOMAINS, domain_of
from portal.organisations.models import Organisation
from techmap.names import fold_name

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User


DEN_NOTICES = [Kind.DEN, Kind.DIGEST]
DEN_ROWS = Q(pgh_obj_model__startswith="innovation_den.")
# What speaks of the dens in the records that all rooms share, by the record's model.
TOLD_ELSEWHERE = {
    "audit.Event": Q(target_type__app_label="innovation_den") | Q(name__startswith="files."),
    "contenttypes.ContentType": Q(app_label="innovation_den"),
    "files.StoredFile": Q(pitches__isnull=False),
    "notifications.Delivery": Q(message__kind__in=DEN_NOTICES),
    "notifications.Message": Q(kind__in=DEN_NOTICES),
    "pghistory.Events": DEN_ROWS,
    "pghistory.MiddlewareEvents": DEN_ROWS,
}


def conflicts_of(den: Den, user: User | AnonymousUser) -> QuerySet[Conflict]:
    """The den's conflicts, but for those over a pitch in which the user has a part."""
    seen = Pitch.objects.without_part_of(user).filter(den=den)
    conflicts = Conflict.objects.filter(panellist__den=den, pitch__in=seen.values("pk"))
    return conflicts.select_related("panellist", "pitch__firm", "decided_by")


def undecided_conflicts(den: Den) -> QuerySet[Conflict]:
    """Those that nobody has confirmed or dismissed. None may be left when the day is planned."""
    return Conflict.objects.filter(panellist__den=den, state=ConflictState.OPEN)


def hidden_pairs(den: Den) -> set[tuple[int, int]]:
    """Panellist and pitch, by number, for each conflict that is open or confirmed."""
    conflicts = Conflict.objects.filter(panellist__den=den, state__in=HIDING)
    return set(conflicts.values_list("panellist", "pitch"))


def shown_to_staff(user: User, rows: QuerySet[Any]) -> QuerySet[Any]:
    """What records that all rooms share tell staff, without what they tell of the dens to one with a conflict there.

    Such a record names a pitch in free words, so all of the room is left out rather than guessed at.
    """
    left_out = TOLD_ELSEWHERE.get(rows.model._meta.label)
    if left_out is None or not Conflict.objects.filter(panellist__user=user.pk, state__in=HIDING).exists():
        return rows
    return rows.exclude(left_out)


@dataclass(frozen=True)
class Found:
    """One ground, and what was found in words."""

    ground: ConflictGround
    says: str


def found_between(panellist: Panellist, pitch: Pitch, known: Relations) -> Iterator[Found]:
    """Every ground that the portal knows of, each once, in the words of the first firm that it holds for."""
    firms = firms_asked(pitch)
    for ground, search in SEARCHES.items():
        if says := next(filter(None, (search(panellist, firm, known) for firm in firms)), ""):
            yield Found(ground, says)
    if says := _competition(panellist, pitch, known) or _rivalry(panellist, pitch, known):
        yield Found(ConflictGround.COMPETITOR, says)


def _employment(panellist: Panellist, firm: Organisation, known: Relations) -> str:
    if panellist.employer_id == firm.pk:
        return f"Works for {firm}"
    if panellist.user_id and firm.pk in known.memberships[panellist.user_id]:
        return f"Belongs to {firm} on this service"
    if fold_name(panellist.employer_name) == fold_name(firm.name):
        return f"Works for {panellist.employer_name}, a name of {firm}"
    addresses = {domain_of(panellist.email)} | (known.addresses[panellist.user_id] if panellist.user_id else set())
    if addresses & known.domains[firm.pk]:
        return f"Has an e-mail address of {firm}"
    return ""


def _group(panellist: Panellist, firm: Organisation, known: Relations) -> str:
    employer = panellist.employer
    if employer is None or employer.pk == firm.pk:
        return ""
    pair = frozenset({employer.pk, firm.pk})
    if pair in known.merged:
        return f"{employer} and {firm} are one record on this service"
    if pair in known.alike:
        return f"{employer} and {firm} have names alike, and may be one"
    if _place(employer) and _place(employer) == _place(firm):
        return f"{employer} and {firm} have the same address"
    if _sites(employer, known) & _sites(firm, known):
        return f"{employer} and {firm} share a website or an e-mail domain"
    return ""


def _place(organisation: Organisation) -> tuple[str, str] | None:
    street, code = _plain(organisation.street_address), _plain(organisation.postal_code)
    return (street, code) if street and code else None


def _plain(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _sites(organisation: Organisation, known: Relations) -> set[str]:
    host = (urlsplit(organisation.website).hostname or "").removeprefix("www.")
    return (known.domains[organisation.pk] | {host}) - {""} - SHARED_DOMAINS


def _contract(panellist: Panellist, firm: Organisation, known: Relations) -> str:
    """A contract may be known to its two parties alone, so its title is not told here."""
    employer = panellist.employer
    if employer is None:
        return ""
    pair = frozenset({employer.pk, firm.pk})
    if ends := known.contracts.get(pair):
        return f"{employer} and {firm} have a contract that ends, or ended, on {ends:%-d %B %Y}"
    if dated := known.awards.get(pair):
        return f"A notice of {dated:%-d %B %Y} shows business between {employer} and {firm}"
    return ""


def _contact(panellist: Panellist, firm: Organisation, known: Relations) -> str:
    employer = panellist.employer
    if employer is None or not (at := known.responses.get((employer.pk, firm.pk))):
        return ""
    return f"{firm} responded to an early-engagement request of {employer} on {at:%-d %B %Y}"


SEARCHES: dict[ConflictGround, Callable[[Panellist, Organisation, Relations], str]] = {
    ConflictGround.EMPLOYER: _employment,
    ConflictGround.GROUP: _group,
    ConflictGround.CONTRACT: _contract,
    ConflictGround.ENGAGEMENT: _contact,
}


def _competition(panellist: Panellist, pitch: Pitch, known: Relations) -> str:
    """By the pitch's own capabilities; where it names none, by the den's."""
    employer = panellist.employer
    if employer is None or panellist.sector != PanelSector.SUPPLIER:
        return ""
    wanted = list(pitch.capabilities.all()) or list(pitch.den.capabilities.all())
    shared = sorted(capability.name for capability in wanted if capability.pk in known.offers[employer.pk])
    return f"{employer} offers the same: {', '.join(shared)}" if shared else ""


def _rivalry(panellist: Panellist, pitch: Pitch, known: Relations) -> str:
    """Whoever works for a firm that pitches in the den does not hear those that theirs stands against."""
    if any(_employment(panellist, firm, known) for firm in firms_asked(pitch)):
        return ""  # their own
    if panellist.pk not in known.sides:
        known.sides[panellist.pk] = next((firm for firm in known.pitching if _employment(panellist, firm, known)), None)
    side = known.sides[panellist.pk]
    return f"Works for {side} or belongs to it, which pitches in this den too" if side else ""
