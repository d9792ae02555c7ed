"""What the access tests need of the innovation den: dens and pitches.

The outsider sits on the panels of `den`; Otto of another authority sits there too, with a conflict over `own_pitch`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from innovation_den.choices import ConflictGround, ConflictState, DenState, PanelSector, PitchState
from innovation_den.models import Conflict, PitchPartner
from tests.innovation_den.makers import NOW, make_den, make_panellist, make_pitch

if TYPE_CHECKING:
    from tests.trust.world import World


def add_den_dens(world: World) -> None:
    alice, bob = world.people["authority_editor"], world.people["supplier_editor"]
    authority, supplier = world.things["authority"], world.things["supplier"]
    assert alice
    draft = make_den(authority, by=alice, state=DenState.DRAFT, title="Draft of a secret den")
    call = make_den(authority, by=alice, title="A den that is open")
    den = make_den(authority, by=alice, state=DenState.SCHEDULING, title="A den that is planned")
    own = make_pitch(den, supplier, by=bob, state=PitchState.ACCEPTED, title="Secret idea of our own")
    world.things |= {
        "draft_den": draft,
        "open_den": call,
        "den": den,
        "draft_pitch": make_pitch(call, supplier, by=bob, state=PitchState.DRAFT, title="Secret draft of a pitch"),
        "own_pitch": own,
        "other_pitch": make_pitch(den, state=PitchState.ACCEPTED, title="Secret idea of others"),
        "panellist": make_panellist(den, user=world.people["outsider"]),
        "conflicted": make_panellist(den, user=world.people["other_authority"], sector=PanelSector.LOCAL),
    }
    world.things["criterion"] = draft.criteria.first()
    charlie = world.people["other_supplier"]
    assert charlie
    world.things["partner"] = PitchPartner.objects.create(
        pitch=world.things["draft_pitch"], firm=charlie.memberships.get().organisation, role="Homes to test in"
    )
    Conflict.objects.create(
        panellist=world.things["conflicted"],
        pitch=own,
        ground=ConflictGround.DECLARED,
        state=ConflictState.CONFIRMED,
        says="Holds shares in the firm",
        found_at=NOW,
    )
