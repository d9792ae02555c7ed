from __future__ import annotations

import pytest

from portal.accounts.models import User
from portal.organisations.choices import Role
from portal.organisations.models import Organisation
from reporting.models import Contract, Return
from tests.factories import make_member, make_public_body, make_supplier
from tests.reporting.makers import make_contract, make_returns


@pytest.fixture
def buyer(db: None) -> Organisation:
    return make_public_body()


@pytest.fixture
def supplier(db: None) -> Organisation:
    return make_supplier()


@pytest.fixture
def alice(buyer: Organisation) -> User:
    """She keeps the contract for the buyer."""
    return make_member(buyer, role=Role.EDITOR, name="Alice Okafor")


@pytest.fixture
def bob(supplier: Organisation) -> User:
    """He files for the supplier."""
    return make_member(supplier, role=Role.EDITOR, name="Bob Larkin")


@pytest.fixture
def charlie(db: None) -> User:
    """He belongs to another supplier."""
    return make_member(make_supplier("Charnwood Digital Ltd"), role=Role.EDITOR, name="Charlie Dunn")


@pytest.fixture
def contract(buyer: Organisation, supplier: Organisation, alice: User) -> Contract:
    return make_contract(buyer, supplier, alice)


@pytest.fixture
def due(contract: Contract) -> list[Return]:
    """July to October 2026."""
    return make_returns(contract)
