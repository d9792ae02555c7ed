"""What the access tests need of the innovation den: a den in its screening, somebody asked, and a conflict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from innovation_den.choices import ConflictGround, DenState, PanellistState, PitchState, Verdict
from innovation_den.models import Appeal, Conflict
from portal.organisations.tokens import hash_token, sign_token
from tests.innovation_den.makers import NOW, make_den, make_panellist, make_pitch, make_view

if TYPE_CHECKING:
    from tests.trust.world import World

SEAT_TOKEN = "a-token-for-the-panellist"


def add_den_panels(world: World) -> None:
    alice, bob, charlie = (world.people[name] for name in ("authority_editor", "supplier_editor", "other_supplier"))
    ann, supplier = world.people["authority_owner"], world.things["supplier"]
    assert alice
    assert ann
    assert charlie
    den = make_den(world.things["authority"], by=alice, state=DenState.SCREENING, title="A den in its screening")
    split = make_pitch(den, supplier, by=bob, title="Secret idea that splits")
    rejected = make_pitch(
        den, supplier, by=bob, title="Secret idea refused", state=PitchState.REJECTED, decided_at=NOW, decided_by=alice
    )
    make_view(split, alice, Verdict.ACCEPT)
    make_view(split, ann, Verdict.REJECT)
    Appeal.objects.create(pitch=rejected, text="You overlooked our trial.", made_by=bob, made_at=NOW)
    asked = make_panellist(den, state=PanellistState.INVITED, email=charlie.email, token_hash=hash_token(SEAT_TOKEN))
    conflict = Conflict.objects.create(
        panellist=world.things["panellist"],
        pitch=world.things["own_pitch"],
        ground=ConflictGround.GROUP,
        state="dismissed",
        reason="Another firm of that name",
        says="Names alike",
        found_at=NOW,
        decided_by=alice,
        decided_at=NOW,
    )
    world.things |= {
        "screen_den": den,
        "screened_pitch": make_pitch(den, supplier, by=bob, title="Secret idea to screen"),
        "split_pitch": split,
        "rejected_pitch": rejected,
        "asked": asked,
        "seat_link": sign_token(SEAT_TOKEN),
        "conflict": conflict,
    }
