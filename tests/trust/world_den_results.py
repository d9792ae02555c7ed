"""What the access tests need of the innovation den: a den that is being decided, and one that is decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from innovation_den.actions.decisions import release_decisions
from innovation_den.choices import Award, ConflictGround, ConflictState, DenState, PanelSector, PitchState
from innovation_den.models import Conflict, Moderation, Score
from tests.innovation_den.makers import NOW, make_decision, make_den, make_panellist, make_pitch, make_sheet

if TYPE_CHECKING:
    from tests.trust.world import World


def add_den_results(world: World) -> None:
    """Objects go into `world.things`."""
    alice, bob = world.people["authority_editor"], world.people["supplier_editor"]
    authority, supplier = world.things["authority"], world.things["supplier"]
    assert alice
    den = make_den(authority, by=alice, state=DenState.DECIDING, title="A den that is being decided")
    judged = make_pitch(den, supplier, by=bob, state=PitchState.ACCEPTED, title="Secret idea that is judged")
    chair = make_panellist(den, user=world.people["outsider"], is_chair=True)
    conflicted = make_panellist(den, user=world.people["other_authority"], sector=PanelSector.LOCAL)
    sheet = make_sheet(judged, chair, [5, 4, 3, 4])
    make_sheet(make_pitch(den, state=PitchState.ACCEPTED, title="Secret idea of another firm"), chair, [2, 2, 2, 2])
    decision = make_decision(judged, Award.SELECTED, staged_by=alice, reason="Secret reason of a decision")
    score = Score.objects.filter(sheet=sheet).first()
    moderation = Moderation.objects.create(
        score=score, old_value=5, new_value=4, reason="Secret reason of a change", by=chair.user, at=NOW
    )
    Conflict.objects.create(
        panellist=conflicted,
        pitch=judged,
        ground=ConflictGround.DECLARED,
        state=ConflictState.CONFIRMED,
        says="Holds shares in the firm",
        found_at=NOW,
    )
    world.things |= {
        "deciding_den": den,
        "judged_pitch": judged,
        "own_score": score,
        "moderation": moderation,
        "staged_decision": decision,
        **_decided(world),
    }


def _decided(world: World) -> dict[str, object]:
    alice = world.people["authority_editor"]
    assert alice
    den = make_den(world.things["authority"], by=alice, state=DenState.DECIDING, title="A den that is decided")
    pitch = make_pitch(
        den,
        world.things["supplier"],
        by=world.people["supplier_editor"],
        state=PitchState.ACCEPTED,
        title="An idea that won",
    )
    make_sheet(pitch, make_panellist(den), [4, 4, 4, 4])
    make_decision(pitch, Award.SELECTED, staged_by=alice)
    release_decisions(den=den, by=alice, now=NOW)
    return {"decided_den": den, "decided_pitch": pitch}
