"""Makers of pilots in each state, from 11 January to 9 April 2027. Alice writes for the sponsor, Bob for the firm."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from innovation_den.actions.amendments import propose_amendment, sign_amendment
from innovation_den.actions.pilot_ends import end_pilot, publish_pilot, save_outcome
from innovation_den.actions.pilot_log import add_log_entry, add_spending
from innovation_den.actions.pilots import sign_pilot, start_pilot
from innovation_den.choices import Award, DenState, PilotExit, PilotOutcome, PitchState, Side, StopWhen
from innovation_den.models import Den, LogEntry, Pilot, PilotAmendment, Pitch, SpendEntry
from portal.accounts.models import User
from portal.organisations.choices import Role
from tests.engagement.makers import make_authority
from tests.factories import make_member, make_supplier
from tests.innovation_den.makers import make_decision, make_den, make_pilot, make_pitch

SIGNED = datetime(2026, 12, 21, 10, 0, tzinfo=UTC)
BEGUN = datetime(2027, 1, 11, 9, 0, tzinfo=UTC)
LATER = BEGUN + timedelta(days=20)
NEW_END = date(2027, 5, 28)
ENDED = datetime(2027, 4, 12, 9, 0, tzinfo=UTC)


@dataclass
class Two:
    """Both sides of a pilot."""

    alice: User
    bob: User
    den: Den
    pitch: Pitch
    pilot: Pilot


def make_selected(**fields: Any) -> tuple[User, User, Den, Pitch]:
    """A pitch that was selected, with the decision released."""
    host, firm = make_authority(), make_supplier()
    alice = make_member(host, role=Role.EDITOR, name="Alice Okafor")
    bob = make_member(firm, role=Role.EDITOR, name="Bob Larkin")
    den = make_den(host, by=alice, state=DenState.DECIDED, **fields)
    pitch = make_pitch(den, firm, by=bob, state=PitchState.ACCEPTED)
    make_decision(pitch, Award.SELECTED, released_at=SIGNED)
    return alice, bob, den, pitch


def make_two(**fields: Any) -> Two:
    """A pilot that is complete and that nobody has signed."""
    alice, bob, den, pitch = make_selected()
    pilot = make_pilot(pitch, **fields)
    pilot.stop_rules.create(when=StopWhen.MEASURE_BELOW, limit=5)
    pilot.stop_rules.create(when=StopWhen.SPENT_ABOVE, limit=15_000)
    pilot.stop_rules.create(when=StopWhen.NO_LOG_FOR, limit=21)
    pilot.reviews.create(due_on=date(2027, 2, 22))
    return Two(alice, bob, den, pitch, pilot)


def sign(two: Two, *sides: str) -> Pilot:
    for side in sides or Side.values:
        two.pilot.refresh_from_db()
        by = two.alice if side == Side.SPONSOR else two.bob
        two.pilot = sign_pilot(pilot=two.pilot, side=side, version=two.pilot.version, by=by, now=SIGNED)
    return two.pilot


def make_agreed(**fields: Any) -> Two:
    two = make_two(**fields)
    sign(two)
    return two


def make_running(**fields: Any) -> Two:
    two = make_agreed(**fields)
    two.pilot = start_pilot(pilot=two.pilot, by=two.alice, now=BEGUN)
    return two


def log(two: Two, value: float | None, dated: date = date(2027, 1, 18), **fields: Any) -> LogEntry:
    fields = {
        "text": "Fifty sensors are up.",
        "by": two.bob,
        "now": datetime.combine(dated, BEGUN.timetz()),
        "submission_key": uuid4(),
        **fields,
    }
    number = None if value is None else Decimal(str(value))
    return add_log_entry(pilot=two.pilot, dated=dated, value=number, **fields)


def spend(two: Two, amount: float, dated: date = date(2027, 1, 18), **fields: Any) -> SpendEntry:
    fields = {"what": "Sensors", "by": two.bob, "now": LATER, "submission_key": uuid4(), **fields}
    return add_spending(pilot=two.pilot, dated=dated, amount=Decimal(str(amount)), **fields)


def make_ended(**fields: Any) -> Two:
    two = make_running(**fields)
    two.pilot = end_pilot(pilot=two.pilot, reason="", by=two.alice, now=ENDED)
    return two


def write_outcome(two: Two, outcome: str = PilotOutcome.DISPROVED, **fields: Any) -> Pilot:
    words = {
        "outcome": outcome,
        "learnt": "Sensors in wardrobes smell shoes, not mould.",
        "advice": "Put them on outside walls.",
        "exit": PilotExit.STOP,
        **fields,
    }
    two.pilot.refresh_from_db()
    two.pilot = save_outcome(pilot=two.pilot, side=Side.SPONSOR, version=two.pilot.version, by=two.alice, fields=words)
    return two.pilot


def publish(two: Two) -> Pilot:
    two.pilot.refresh_from_db()
    two.pilot = publish_pilot(pilot=two.pilot, version=two.pilot.version, by=two.alice, now=ENDED)
    return two.pilot


def make_published(outcome: str = PilotOutcome.DISPROVED, *, exit: str = PilotExit.STOP, **fields: Any) -> Two:
    two = make_running(**fields)
    log(two, 22)
    two.pilot = end_pilot(pilot=two.pilot, reason="", by=two.alice, now=ENDED)
    write_outcome(two, outcome, exit=exit)
    publish(two)
    return two


def propose(two: Two, *, side: str = Side.FIRM, by: Any = None, version: int | None = None, **fields: Any) -> Any:
    two.pilot.refresh_from_db()
    return propose_amendment(
        pilot=two.pilot,
        side=side,
        version=two.pilot.version if version is None else version,
        fields=fields or {"threshold": Decimal("55.5"), "ends_on": NEW_END},
        reason="Half of the homes came late.",
        by=by or (two.bob if side == Side.FIRM else two.alice),
        now=LATER,
        submission_key=uuid4(),
    )


def agree(two: Two, amendment: PilotAmendment, side: str = Side.SPONSOR) -> PilotAmendment:
    by = two.alice if side == Side.SPONSOR else two.bob
    amendment = sign_amendment(amendment=amendment, side=side, by=by, now=LATER)
    two.pilot.refresh_from_db()
    return amendment
