"""The portal's own pages, and what it says when something goes wrong."""

from __future__ import annotations

import pytest
from django.test import Client


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/cookies/", "/accessibility/", "/privacy/", "/contact/"])
def test_page_is_open_to_everyone(client: Client, path: str) -> None:
    response = client.get(path)

    assert response.status_code == 200
    assert "Threepoint" in response.content.decode()
