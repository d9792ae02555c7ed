"""Trust row 1: every address, method and position, against the matrix."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.urls import URLResolver, get_resolver, reverse

from tests.trust.matrix import MATRIX
from tests.trust.rows import FORBIDDEN, IN, LOGIN, MISSING, NO_METHOD, NO_TOKEN, Row, address_part
from tests.trust.world import SECRETS, World

pytestmark = pytest.mark.django_db

ADMIN = "admin:"


def addresses(resolver: Any, namespace: str = "") -> Iterator[str]:
    """The name of every address; an address without a name goes by its path."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{pattern.namespace}:" if pattern.namespace else ""
            yield from addresses(pattern, namespace + inner)
        else:
            yield namespace + (pattern.name or f"unnamed:{pattern.pattern}")


ALL = sorted({name for name in addresses(get_resolver()) if not name.startswith((ADMIN, "unnamed:"))})


def test_addresses_without_a_name_are_old_ones_that_lead_on() -> None:
    """allauth keeps four old addresses that redirect to its new ones, which have rows."""
    assert [name for name in addresses(get_resolver()) if name.startswith("unnamed:")] == [
        "unnamed:social/login/cancelled/",
        "unnamed:social/login/error/",
        "unnamed:social/signup/",
        "unnamed:social/connections/",
    ]


def outcome_of(response: HttpResponse) -> str:
    if response.status_code == 302 and "/accounts/login/" in response.headers["Location"]:
        return LOGIN
    if response.status_code == 401 and response.has_header("WWW-Authenticate"):  # a page that says so has none
        return NO_TOKEN
    known = {403: FORBIDDEN, 404: MISSING, 405: NO_METHOD}
    return known.get(response.status_code, IN if response.status_code < 500 else str(response.status_code))


def visit(world: World, name: str, row: Row, method: str, role: str) -> str:
    """What happens; a page that is refused must hold no secret."""
    path = reverse(name, args=[address_part(world, thing) for thing in row.things])
    with transaction.atomic():
        client = world.client(role)
        response = getattr(client, method)(path)
        outcome = outcome_of(response)
        if outcome in (FORBIDDEN, MISSING, NO_METHOD, NO_TOKEN):
            body = response.content.decode()
            assert [secret for secret in SECRETS if secret in body] == [], f"{role} at {path}"
        transaction.set_rollback(True)
    return outcome


def test_every_address_has_a_row() -> None:
    assert sorted(set(ALL) - set(MATRIX)) == []


def test_every_row_is_an_address() -> None:
    assert sorted(set(MATRIX) - set(ALL)) == []


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", sorted(MATRIX))
def test_access(world: World, name: str, method: str) -> None:
    row = MATRIX[name]
    expected = row.expected(method)
    seen = {role: visit(world, name, row, method, role) for role in expected}
    if expected["anonymous"] == NO_METHOD and seen["anonymous"] in (LOGIN, MISSING):
        seen["anonymous"] = NO_METHOD  # a view may ask who it is before it looks at the method
    assert seen == expected
