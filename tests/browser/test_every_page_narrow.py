"""Trust row 30: every page of the portal in a real browser at 320 px: 1280 px at 400 % zoom."""

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


def test_every_page_is_accessible(visit: Any, world: World) -> None:
    faults = faults_of(visit("every-page-320", width=320), world)
    assert not faults, "\n\n".join(faults)
