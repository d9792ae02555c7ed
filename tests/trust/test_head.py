"""Trust row 11: what anyone may read answers HEAD as it answers GET, as link checkers and monitors ask."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.trust.matrix import MATRIX
from tests.trust.rows import address_part, public
from tests.trust.world import World

pytestmark = pytest.mark.django_db

PUBLIC = sorted(name for name, row in MATRIX.items() if row == public(*row.things))


@pytest.mark.parametrize("name", PUBLIC)
def test_head_is_answered_like_get(world: World, name: str) -> None:
    path = reverse(name, args=[address_part(world, thing) for thing in MATRIX[name].things])
    visitor = world.client("anonymous")
    got, head = visitor.get(path), visitor.head(path)
    for close in getattr(head, "_resource_closers", []):  # a file that nobody reads; `close()` would end the world
        close()

    assert (head.status_code, head.headers["Content-Type"]) == (got.status_code, got.headers["Content-Type"])
