"""Trust row 30: every page of the portal in a real browser, on a desktop and at 400 % zoom; the second half of them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.sweep import faults_of
from tests.trust.world import World

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]


def test_every_other_page_is_accessible(visit: Any, world: World) -> None:
    faults = faults_of(visit("every-other-page"), world, 1)
    assert not faults, "\n\n".join(faults)
