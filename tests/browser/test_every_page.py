"""Trust row 30: every page of the portal in a real browser, on a desktop and at 400 % zoom; the first half of them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.sweep import faults_of, pages
from tests.trust.world import World

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]


def test_every_page_is_accessible(visit: Any, world: World) -> None:
    faults = faults_of(visit("every-page"), world, 0)
    assert not faults, "\n\n".join(faults)


def test_everything_that_is_swept_is_a_page(world: World) -> None:
    """A download belongs into `NOT_PAGES`."""
    kinds = {path: world.client(role).get(path).headers["Content-Type"] for role, path in pages(world)}
    assert {path: kind for path, kind in kinds.items() if not kind.startswith("text/html")} == {}
