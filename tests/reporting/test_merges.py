"""A supplier that is merged into another takes its contracts and returns along, and back."""

from __future__ import annotations

from typing import Any

import pytest

from portal.organisations.choices import Role, Status
from portal.organisations.models import Organisation
from portal.refusals import Refused
from reporting.actions.reminders import remind_supplier
from reporting.choices import PartyRole
from reporting.models import Contract, ContractParty, Return, ReturnLine
from techmap.actions.merges import merge_suppliers, undo_merge
from techmap.models import Merge
from tests.factories import make_member, make_user
from tests.reporting.makers import NOW, make_contract, make_returns
from tests.reporting.test_returns import save
from tests.techmap.merge_makers import make_imported

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(db: None) -> Any:
    return make_user("staff@example.org", name="Sam Reeve", is_staff=True)


@pytest.fixture
def folded(buyer: Any, alice: Any) -> Organisation:
    return make_imported("LARKSPUR SYSTEMS", sources=("spend:9",))


def merge(kept: Organisation, folded: Organisation, staff: Any) -> Merge:
    return merge_suppliers(kept=kept, folded=folded, by=staff, now=NOW)


def owners() -> dict[str, set[int]]:
    """Which suppliers contracts, returns and lines are kept by."""
    return {
        model.__name__: set(model.objects.values_list("supplier", flat=True))
        for model in (Contract, Return, ReturnLine)
        if model.objects.exists()
    }


def test_contracts_and_returns_go_and_come_back(buyer, supplier, folded, alice, staff) -> None:
    contract = make_contract(buyer, folded, alice)
    make_returns(contract)
    before = owners()
    made = merge(supplier, folded, staff)
    assert owners() == {"Contract": {supplier.pk}, "Return": {supplier.pk}}
    assert made.moved["contracts"] == [contract.pk]
    undo_merge(merge=made, by=staff, now=NOW)
    assert owners() == before == {"Contract": {folded.pk}, "Return": {folded.pk}}


def test_people_of_the_kept_supplier_file_what_came(buyer, supplier, folded, alice, bob, staff) -> None:
    due = make_returns(make_contract(buyer, folded, alice))[0]
    merge(supplier, folded, staff)
    due.refresh_from_db()
    due.contract.refresh_from_db()
    save(due, bob, lines=[])
    assert Return.objects.visible_to(bob).filter(pk=due.pk).exists()


def test_what_the_people_of_the_kept_supplier_wrote_stays_theirs(buyer, supplier, folded, alice, bob, staff) -> None:
    due = make_returns(make_contract(buyer, folded, alice))[0]
    made = merge(supplier, folded, staff)
    due.refresh_from_db()
    due.contract.refresh_from_db()
    save(due, bob)
    with pytest.raises(Refused) as refused:
        undo_merge(merge=made, by=staff, now=NOW)
    assert [reason.message for reason in refused.value.reasons] == [
        "Larkspur Systems Ltd has begun or filed returns of contract AVC-2026-017, Case management for housing, "
        "which came by the merge."
    ]
    assert owners()["Return"] == {supplier.pk}


def test_contract_that_both_had_stays_behind_with_its_returns(buyer, supplier, folded, alice, staff) -> None:
    own, other = make_contract(buyer, supplier, alice), make_contract(buyer, folded, alice)
    make_returns(other)
    made = merge(supplier, folded, staff)
    assert "contracts" not in made.moved
    assert dict(Contract.objects.values_list("pk", "supplier")) == {own.pk: supplier.pk, other.pk: folded.pk}
    assert owners()["Return"] == {folded.pk}


def test_what_came_to_the_kept_supplier_later_stays_with_it(buyer, supplier, folded, alice, staff) -> None:
    made = merge(supplier, folded, staff)
    later = make_contract(buyer, supplier, alice)
    undo_merge(merge=made, by=staff, now=NOW)
    later.refresh_from_db()
    assert later.supplier == supplier


def test_further_parties_go_and_come_back(buyer, supplier, folded, alice, charlie, staff) -> None:
    main = Organisation.objects.get(name="Charnwood Digital Ltd")
    contract, own = make_contract(buyer, main, alice), make_contract(buyer, supplier, alice)
    for one in (contract, own):
        ContractParty.objects.create(contract=one, organisation=folded, role=PartyRole.JOINT_SUPPLIER)
    made = merge(supplier, folded, staff)
    # Of its own contract the kept supplier is the main party already.
    assert dict(ContractParty.objects.values_list("contract", "organisation")) == {
        contract.pk: supplier.pk, own.pk: folded.pk,
    }  # fmt: skip
    undo_merge(merge=made, by=staff, now=NOW)
    assert set(ContractParty.objects.values_list("organisation", flat=True)) == {folded.pk}


def test_supplier_is_reminded_of_what_came(buyer, supplier, folded, alice, staff) -> None:
    make_member(supplier, role=Role.EDITOR, name="Erin Shaw")
    make_returns(make_contract(buyer, folded, alice))
    assert folded.status == Status.PENDING
    merge(supplier, folded, staff)
    assert remind_supplier(supplier_id=supplier.pk, now=NOW) == 4
