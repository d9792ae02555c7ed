"""What the access tests need of the innovation den: schedule."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.trust.world import World


def add_den_schedule(world: World) -> None:
    """Objects go into `world.things`."""
