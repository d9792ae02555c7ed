"""Trust row 11: every page, errors too, tells browsers what they may load, frame and guess."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from tests.trust.matrix import MATRIX
from tests.trust.rows import Row, address_part
from tests.trust.world import World

pytestmark = pytest.mark.django_db

# The one page that other websites may frame; `tests/techmap/test_embeds.py` says how.
MAY_BE_FRAMED = {"techmap:embed"}
READABLE = sorted(name for name, row in MATRIX.items() if row.get and name not in MAY_BE_FRAMED)
YEAR = 365 * 24 * 60 * 60  # seconds


def faults(response: HttpResponse) -> list[str]:
    """What the answer's headers lack."""
    headers = response.headers
    policy = {
        words[0]: words[1:] for part in headers.get("Content-Security-Policy", "").split(";") if (words := part.split())
    }
    checks = {
        "default-src": policy.get("default-src") in (["'self'"], ["'none'"]),
        "frame-ancestors": policy.get("frame-ancestors") == ["'none'"] or "sandbox" in policy,
        "object-src": policy.get("object-src") == ["'none'"] or policy.get("default-src") == ["'none'"],
        "no unsafe": "unsafe" not in headers.get("Content-Security-Policy", ""),
        "nosniff": headers.get("X-Content-Type-Options") == "nosniff",
        "frame options": headers.get("X-Frame-Options") == "DENY",
        "referrer": headers.get("Referrer-Policy") == "same-origin",
        "HSTS": f"max-age={YEAR}" in headers.get("Strict-Transport-Security", ""),
    }
    return [name for name, is_kept in checks.items() if not is_kept]


@pytest.mark.parametrize("name", READABLE)
def test_page_carries_every_header(world: World, name: str) -> None:
    row: Row = MATRIX[name]
    assert row.get
    path = reverse(name, args=[address_part(world, thing) for thing in row.things])
    assert faults(world.client(row.get[0]).get(path, secure=True)) == []


def test_error_pages_carry_every_header(world: World, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    anonymous = world.client("anonymous")
    viewer = world.client("authority_viewer")
    draft = world.things["draft"].reference
    forbidden = viewer.get(reverse("engagement:request-edit", args=[draft]), secure=True)
    missing = anonymous.get("/no/such/page/", secure=True)
    no_token = Client(enforce_csrf_checks=True).post(reverse("account_login"), secure=True)
    wrong_host = Client(headers={"host": "elsewhere.example"}).get("/", secure=True)
    seen = {answer.status_code: faults(answer) for answer in (forbidden, missing, no_token, wrong_host)}
    assert seen == {403: [], 404: [], 400: []}


def test_server_error_carries_every_header(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.govuk.pages.Paginator", None)
    client = Client(raise_request_exception=False)
    answer = client.get(reverse("engagement:request-list"), secure=True)
    assert (answer.status_code, faults(answer)) == (500, [])
