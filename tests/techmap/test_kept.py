"""The list of all capabilities is kept for a minute; a search is not."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories import make_supplier
from tests.techmap.makers import make_claim

pytestmark = pytest.mark.django_db
LIST = reverse("techmap:capability-list")


def test_numbers_are_at_most_a_minute_old(client: Client, hosting: Any) -> None:
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        client.get(LIST)
        make_claim(make_supplier("Alder Ltd"), hosting)

        traveller.shift(59)
        assert b"1 supplier" not in client.get(LIST).content
        assert b"1 supplier" in client.get(LIST, {"q": hosting.name}).content
        traveller.shift(2)
        assert b"1 supplier" in client.get(LIST).content
