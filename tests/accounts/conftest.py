from collections.abc import Iterator

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def fresh_limits(db: None) -> Iterator[None]:
    """Limits on trying are counted in the cache: each test starts with none used."""
    cache.clear()
    yield
    cache.clear()
