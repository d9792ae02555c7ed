"""What the access tests need of the innovation den: pilots.

`running` is of both sides' own; `pilot_draft` is being set up; `ended_pilot` waits for its outcome; `published_pilot`
is in the library; `selected_pitch` has no pilot yet.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from uuid import uuid4

from innovation_den.choices import Award, DenState, PilotExit, PilotOutcome, PilotState, PitchState, Side, StopWhen
from innovation_den.models import Pilot, PilotAmendment, Pitch
from tests.innovation_den.makers import NOW, make_decision, make_den, make_pilot, make_pitch

if TYPE_CHECKING:
    from tests.trust.world import World


def add_den_pilots(world: World) -> None:
    alice, bob = world.people["authority_editor"], world.people["supplier_editor"]
    assert alice
    assert bob
    den = make_den(world.things["authority"], by=alice, state=DenState.DECIDED, title="A den with pilots")
    pitches = [
        make_pitch(den, world.things["supplier"], by=bob, state=PitchState.ACCEPTED, title=f"Selected idea {number}")
        for number in range(5)
    ]
    for pitch in pitches:
        make_decision(pitch, Award.SELECTED, released_at=NOW)
    draft = make_pilot(pitches[0], title="Secret pilot that is set up")
    draft.stop_rules.create(when=StopWhen.SPENT_ABOVE, limit=100)
    draft.reviews.create(due_on=date(2027, 2, 1))
    running = _begun(pitches[1], world, title="Secret pilot that runs")
    waiting = PilotAmendment.objects.create(
        pilot=running,
        number=1,
        old={"threshold": "60"},
        new={"threshold": "50"},
        reason="Fewer homes",
        proposed_side=Side.FIRM,
        signed_by_firm=world.people["supplier_owner"],
        proposed_at=NOW,
    )
    outcome = {"outcome": PilotOutcome.DISPROVED, "learnt": "It smelt shoes.", "ended_at": NOW}
    world.things |= {
        "selected_pitch": pitches[4],
        "pilot_draft": draft,
        "draft_rule": draft.stop_rules.get(),
        "draft_review": draft.reviews.get(),
        "running": running,
        "met_rule": running.stop_rules.get(),
        "due_review": running.reviews.get(),
        "amendment_number": str(waiting.number),
        "ended_pilot": _begun(
            pitches[2], world, state=PilotState.REVIEW, ended_at=NOW, title="Secret pilot that ended"
        ),
        "published_pilot": _begun(
            pitches[3], world, state=PilotState.PUBLISHED, exit=PilotExit.TEST_AGAIN, published_at=NOW, **outcome
        ),
    }


def _begun(pitch: Pitch, world: World, **fields: object) -> Pilot:
    """A pilot that both sides signed and that has begun, with a log, a bill, a stop rule that is met and a review."""
    pilot = make_pilot(pitch)
    pilot.stop_rules.create(when=StopWhen.SPENT_ABOVE, limit=50, met_at=NOW)
    pilot.reviews.create(due_on=date(2027, 2, 1))
    signed = {
        "agreed_by_sponsor": world.people["authority_editor"],
        "agreed_by_firm": world.people["supplier_editor"],
        "agreed_at": NOW,
        "started_at": NOW,
        "state": PilotState.RUNNING,
    }
    Pilot.objects.filter(pk=pilot.pk).update(**signed | fields)
    entry = {"pilot": pilot, "dated": date(2027, 1, 18), "by": world.people["supplier_editor"], "at": NOW}
    pilot.log.create(text="Secret words of the log", value=22, **entry)
    pilot.spending.create(what="Secret bill", amount=60, submission_key=uuid4(), **entry)
    pilot.refresh_from_db()
    return pilot
