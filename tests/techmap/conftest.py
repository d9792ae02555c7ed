"""Alice owns Larkspur, Bob reads for it, Charlie works elsewhere."""

from __future__ import annotations

import pytest

from portal.accounts.models import User
from portal.organisations.choices import Role
from portal.organisations.models import Organisation
from techmap.models import Capability
from tests.factories import make_member, make_public_body, make_supplier, make_user
from tests.techmap.makers import make_capability, make_parent
from tests.techmap.shortlist_makers import NAMES, make_firm


@pytest.fixture
def larkspur(db: None) -> Organisation:
    return make_supplier()


@pytest.fixture
def alice(larkspur: Organisation) -> User:
    return make_member(larkspur, role=Role.EDITOR, name="Alice Okafor", email="alice@larkspur.example")


@pytest.fixture
def bob(larkspur: Organisation) -> User:
    return make_member(larkspur, role=Role.VIEWER, name="Bob Larkin", email="bob@larkspur.example")


@pytest.fixture
def charlie(db: None) -> User:
    return make_user("charlie@charnwood.example", name="Charlie Dunn")


@pytest.fixture
def cloud(db: None) -> Capability:
    return make_parent("Cloud and hosting", code="cloud", position=1)


@pytest.fixture
def hosting(cloud: Capability) -> Capability:
    return make_capability("Cloud hosting", parent=cloud, aliases=["IaaS"], position=2)


@pytest.fixture
def backup(cloud: Capability) -> Capability:
    return make_capability("Backup and recovery", parent=cloud, position=3)


# --- A public body that keeps shortlists, and three firms that host --------------------------------


@pytest.fixture
def council(db: None) -> Organisation:
    return make_public_body()


@pytest.fixture
def ann(council: Organisation) -> User:
    return make_member(council, role=Role.EDITOR, name="Ann Castle", email="ann@ashford.example")


@pytest.fixture
def ben(council: Organisation) -> User:
    return make_member(council, role=Role.EDITOR, name="Ben Lund", email="ben@ashford.example")


@pytest.fixture
def vera(council: Organisation) -> User:
    return make_member(council, role=Role.VIEWER, name="Vera Moor", email="vera@ashford.example")


@pytest.fixture
def firms(db: None) -> list[Organisation]:
    return [make_firm(name) for name in NAMES]
