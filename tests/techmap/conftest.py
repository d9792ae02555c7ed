"""Alice owns Larkspur, Bob reads for it, Charlie works elsewhere."""

from __future__ import annotations

import pytest

from portal.accounts.models import User
from portal.organisations.choices import Role
from portal.organisations.models import Organisation
from techmap.models import Capability
from tests.factories import make_member, make_supplier, make_user
from tests.techmap.makers import make_capability, make_parent


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
