"""A contract that is published with an accepted return, one that was taken back, and the open data of both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reporting.actions.open_data import write_open_files
from tests.reporting.makers import NOW, make_contract, make_returns, spend
from tests.reporting.publication_makers import accept, file_return, hold, publish, take_back

if TYPE_CHECKING:
    from tests.trust.world import World


def add_publications(world: World) -> None:
    alice, bob = world.people["authority_editor"], world.people["supplier_editor"]
    authority, supplier = world.things["authority"], world.things["supplier"]
    assert alice
    assert bob
    public = make_contract(authority, supplier, alice, number="P-1", title="A contract that everybody sees")
    first, second = make_returns(public)[:2]
    for filed, to_date in ((first, "9000"), (second, "18000")):
        line = spend(description="Developer") if filed is first else spend()
        accept(file_return(filed, bob, to_date=to_date, spend=[line]), alice)
    publish(public, alice, hold("kpi", "target", reason="Under negotiation"))
    gone = make_contract(authority, supplier, alice, number="P-2", title="Secret contract that was taken back")
    publish(gone, alice)
    take_back(gone, alice, "It should not have been public")
    write_open_files(now=NOW)
    world.things |= {"public_contract": public, "gone_contract": gone}
