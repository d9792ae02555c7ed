"""Makers of dens in each state, with believable words. The den's call runs in November 2026; its day is 14 December."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from innovation_den.choices import (
    Award,
    ConflictGround,
    ConflictState,
    DenState,
    Half,
    PanellistState,
    PanelSector,
    PitchState,
    SheetState,
    Verdict,
)
from innovation_den.models import (
    Conflict,
    Criterion,
    Den,
    FreeHalfDay,
    Panellist,
    Pilot,
    Pitch,
    PitchDecision,
    Room,
    Score,
    ScoreSheet,
    Screening,
    Session,
)
from portal.accounts.models import User
from portal.organisations.models import Organisation
from tests.engagement.makers import make_authority
from tests.factories import make_member, make_supplier, make_user

NOW = datetime(2026, 11, 9, 10, 0, tzinfo=UTC)  # a Monday, in the middle of the call
OPENS = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
CLOSES = datetime(2026, 11, 27, 17, 0, tzinfo=UTC)
DAY = date(2026, 12, 14)  # a Monday
MORNING = datetime(2026, 12, 14, 9, 30, tzinfo=UTC)
AFTERNOON = datetime(2026, 12, 14, 13, 30, tzinfo=UTC)
SCALE = ["Nothing", "Little", "Some", "Enough", "Good", "Outstanding"]
CRITERIA = [("Value to the public", 3), ("Novelty", 2), ("Can be tested", 2), ("Team", 1)]


def make_den(
    host: Organisation | None = None, *, by: User | None = None, state: str = DenState.OPEN, **fields: Any
) -> Den:
    """A complete den in the state, with four criteria, one room and two sessions of six slots each on one day."""
    host = host or make_authority()
    fields = {
        "title": "Damp homes",
        "challenge": "Tenants report damp late. We want to know of it before anybody falls ill.",
        "rules": "Each firm has ten minutes, and ten for questions.",
        "prize": "Three months on the council's test platform.",
        "budget_cap": 25_000,
        "opens_at": OPENS,
        "closes_at": CLOSES,
        "published_at": None if state == DenState.DRAFT else OPENS,
        "decided_at": NOW if state in {DenState.DECIDED, DenState.ARCHIVED} else None,
        **fields,
    }
    den = Den.objects.create(host=host, owner=by or make_member(host), state=state, **fields)
    for position, (title, weight) in enumerate(CRITERIA):
        Criterion.objects.create(den=den, position=position, title=title, weight=weight, scale=SCALE)
    room = Room.objects.create(den=den, name="Committee room 1", place="Town Hall, Mill Lane, Ashford Vale")
    for start in (MORNING, AFTERNOON):
        Session.objects.create(den=den, starts_at=start, break_after=3).rooms.add(room)
    return den


def make_pitch(
    den: Den,
    firm: Organisation | None = None,
    *,
    by: User | None = None,
    state: str = PitchState.SUBMITTED,
    **fields: Any,
) -> Pitch:
    """A complete pitch. Without a firm, a new small supplier makes it."""
    number = den.pitches.count() + 1
    firm = firm or make_supplier(f"{den.title} Firm {number} Ltd")
    is_sent = state not in {PitchState.DRAFT, PitchState.WITHDRAWN}
    fields = {
        "title": f"Sensors that smell mould, {number}",
        "summary": "A sensor the size of a coin says which wall grows damp.",
        "problem": "Damp is seen when it is too late.",
        "idea": "Cheap sensors in the rooms most at risk.",
        "evidence": "Forty homes in a neighbouring town.",
        "novelty": "No battery, no visit.",
        "test": "Whether it warns two weeks before a surveyor sees anything.",
        "ask": "Fifty homes for three months.",
        "ask_amount": 12_000,
        "team": "Two engineers and a surveyor.",
        "submitted_at": NOW if is_sent else None,
        "reason": "It does not meet the challenge." if state == PitchState.REJECTED else "",
        **fields,
    }
    return Pitch.objects.create(den=den, firm=firm, state=state, started_by=by or make_member(firm), **fields)


def make_panellist(
    den: Den,
    *,
    sector: str = PanelSector.CENTRAL,
    state: str = PanellistState.ACCEPTED,
    user: User | None = None,
    free: tuple[tuple[date, str], ...] = ((DAY, Half.MORNING), (DAY, Half.AFTERNOON)),
    **fields: Any,
) -> Panellist:
    """Somebody who sits on the den's panels, free for the whole of its day."""
    number = den.panellists.count() + 1
    if state == PanellistState.ACCEPTED and user is None:
        user = make_user(name=f"Panellist {number}")
    fields = {
        "email": user.email if user else f"panellist{number}.{den.pk}@example.org",
        "name": user.name if user else f"Panellist {number}",
        "employer_name": "Office for Ideas",
        "has_declared": True,
        "expires_at": NOW + timedelta(days=14),
        **fields,
    }
    panellist = Panellist.objects.create(
        den=den, sector=sector, state=state, user=user, invited_by=den.owner, invited_at=NOW, **fields
    )
    FreeHalfDay.objects.bulk_create(FreeHalfDay(panellist=panellist, date=day, half=half) for day, half in free)
    return panellist


def make_panel(den: Den) -> list[Panellist]:
    """One from each sector."""
    return [make_panellist(den, sector=sector) for sector in PanelSector.values]


def make_sheet(
    pitch: Pitch,
    panellist: Panellist,
    values: list[int | None] | None = None,
    *,
    state: str = SheetState.SUBMITTED,
    **fields: Any,
) -> ScoreSheet:
    """A sheet with a score for each criterion, in their order."""
    fields = {"comment": "A clear case.", "saved_at": NOW, **fields}
    sheet = ScoreSheet.objects.create(pitch=pitch, panellist=panellist, **fields)
    criteria = list(pitch.den.criteria.all())
    for criterion, value in zip(criteria, values or [3] * len(criteria), strict=True):
        Score.objects.create(sheet=sheet, criterion=criterion, value=value, reason="Seen and weighed.")
    if state == SheetState.SUBMITTED:
        sheet.state, sheet.submitted_at = state, NOW
        sheet.save(update_fields=["state", "submitted_at"])
    return sheet


def make_decision(pitch: Pitch, award: str = Award.SELECTED, **fields: Any) -> PitchDecision:
    fields = {"reason": "The panel found it the strongest.", "staged_by": pitch.den.owner, "staged_at": NOW, **fields}
    return PitchDecision.objects.create(pitch=pitch, award=award, **fields)


def make_pilot(pitch: Pitch, **fields: Any) -> Pilot:
    """A pilot being set up, with every term filled in."""
    fields = {
        "title": pitch.title,
        "sponsor": pitch.den.host,
        "firm": pitch.firm,
        "created_by": pitch.den.owner,
        "hypothesis": "Sensors warn of damp two weeks before a surveyor sees it.",
        "measure": "Homes with an early warning",
        "unit": "%",
        "baseline": 10,
        "threshold": 60,
        "budget_cap": 20_000,
        "starts_on": date(2027, 1, 11),
        "ends_on": date(2027, 4, 9),
        "data_notes": "Humidity by room. No personal data.",
        "ethics_notes": "Tenants may say no at any time.",
        **fields,
    }
    return Pilot.objects.create(pitch=pitch, **fields)


def make_view(pitch: Pitch, screener: User, verdict: str = Verdict.ACCEPT, reason: str = "") -> Screening:
    """One person's view of a pitch at screening."""
    return Screening.objects.create(
        pitch=pitch,
        number=pitch.screenings.count() + 1,
        screener=screener,
        verdict=verdict,
        reason=reason or "It meets the challenge.",
        given_at=NOW,
    )


def make_conflict(panellist: Panellist, pitch: Pitch, **fields: Any) -> Conflict:
    """One that is confirmed: the panellist sees nothing of the pitch."""
    fields = {"ground": ConflictGround.DECLARED, "state": ConflictState.CONFIRMED, "says": "Holds shares", **fields}
    return Conflict.objects.create(panellist=panellist, pitch=pitch, found_at=NOW, **fields)
