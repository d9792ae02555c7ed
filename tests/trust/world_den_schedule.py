"""What the access tests need of the innovation den: a programme that is out, and a plan.

Our own supplier pitches, the outsider sits on the panel, and a conflict hides the pitch from Otto, who sits there too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from innovation_den.actions.calendars import draw_feed
from innovation_den.choices import (
    ConflictGround,
    ConflictState,
    DenState,
    PanelSector,
    PitchState,
    PlanOutcome,
    PlanState,
)
from innovation_den.models import Conflict, PlanRun
from innovation_den.queries.plans import problem_of
from tests.innovation_den.makers import NOW, make_den, make_panellist, make_pitch
from tests.innovation_den.schedule_makers import place, release

if TYPE_CHECKING:
    from tests.trust.world import World


def add_den_schedule(world: World) -> None:
    alice, bob, outsider = (world.people[role] for role in ("authority_editor", "supplier_editor", "outsider"))
    assert alice
    assert outsider
    den = make_den(world.things["authority"], by=alice, state=DenState.SCHEDULING, title="A den with a programme")
    pitch = make_pitch(den, world.things["supplier"], by=bob, state=PitchState.ACCEPTED, title="A pitch with a slot")
    panel = [make_panellist(den, user=outsider)]
    panel += [make_panellist(den, sector=sector) for sector in (PanelSector.LOCAL, PanelSector.SUPPLIER)]
    otto = make_panellist(den, user=world.people["other_authority"], sector=PanelSector.LOCAL)
    Conflict.objects.create(
        panellist=otto,
        pitch=pitch,
        ground=ConflictGround.DECLARED,
        state=ConflictState.CONFIRMED,
        says="Holds shares in the firm",
        found_at=NOW,
    )
    place(pitch, 0, panel)
    release(den)
    plan = problem_of(den).previous
    assert plan
    world.things |= {
        "programme_den": den,
        "placed_pitch": pitch,
        "slot": pitch.slot,
        "feed_secret": draw_feed(by=outsider, now=NOW),
        "plan_run": PlanRun.objects.create(
            den=den,
            state=PlanState.FINISHED,
            outcome=PlanOutcome.FEASIBLE,
            asked_by=alice,
            asked_at=NOW,
            started_at=NOW,
            finished_at=NOW,
            best=8,
            bound=4,
            steps=[[0.5, 12, 4], [1, 8, 4]],
            plan=plan.to_json(),
        ),
    }
