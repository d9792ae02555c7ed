from __future__ import annotations

import pytest
from django.core.cache import cache

from portal.accounts.models import User
from portal.organisations.models import Organisation
from tests.factories import make_member, make_supplier


@pytest.fixture(autouse=True)
def _fresh_limits(db: None) -> None:
    cache.clear()


@pytest.fixture
def supplier(db: None) -> Organisation:
    return make_supplier()


@pytest.fixture
def ann(supplier: Organisation) -> User:
    """She owns it, with a second factor."""
    return make_member(supplier, name="Ann Larkin")
