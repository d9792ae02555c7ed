"""The people of early engagement: Alice for the authority, Bob for a supplier, Charlie for neither."""

from __future__ import annotations

import pytest

from engagement.models import EngagementRequest
from portal.accounts.models import User
from portal.organisations.choices import Role
from portal.organisations.models import Organisation
from tests.engagement.makers import make_authority, make_request
from tests.factories import make_member, make_supplier


@pytest.fixture
def authority(db: None) -> Organisation:
    return make_authority()


@pytest.fixture
def alice(authority: Organisation) -> User:
    return make_member(authority, role=Role.EDITOR, name="Alice Okafor", email="alice@ashfordvale.example")


@pytest.fixture
def supplier(db: None) -> Organisation:
    return make_supplier()


@pytest.fixture
def bob(supplier: Organisation) -> User:
    return make_member(supplier, role=Role.EDITOR, name="Bob Larkin", email="bob@larkspur.example")


@pytest.fixture
def charlie(db: None) -> User:
    other = make_supplier("Charnwood Digital Ltd")
    return make_member(other, role=Role.EDITOR, name="Charlie Dunn", email="charlie@charnwood.example")


@pytest.fixture
def draft(authority: Organisation, alice: User) -> EngagementRequest:
    return make_request(authority, by=alice, state="draft")


@pytest.fixture
def request_(authority: Organisation, alice: User) -> EngagementRequest:
    """An open request: published on 2 and closing on 20 November 2026."""
    return make_request(authority, by=alice)
