"""Downloads: trust row 17. Persons: owner (uploaded it), outsider, staff, anonymous."""

from __future__ import annotations

import hashlib
import uuid
from pathlib import Path

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from portal.accounts.models import User
from portal.files import actions
from portal.files.choices import ScanState
from portal.files.models import StoredFile
from tests.factories import make_user
from tests.files import samples

pytestmark = pytest.mark.usefixtures("media", "readers")


@pytest.fixture
def stored(media: Path, alice: User) -> StoredFile:
    return actions.store_file(upload=samples.upload(samples.pdf(), "Plan – draft “2”.pdf"), by=alice)


def test_download(client: Client, alice: User, stored: StoredFile) -> None:
    client.force_login(alice)

    response = client.get(stored.get_absolute_url())

    assert response.status_code == 200
    assert response.streaming
    assert b"".join(response) == samples.pdf()
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == (
        "attachment; filename*=utf-8''Plan%20%E2%80%93%20draft%20%E2%80%9C2%E2%80%9D.pdf"
    )
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response["Cache-Control"] == "private, no-store"
    assert response["Content-Length"] == str(len(samples.pdf()))


@pytest.mark.parametrize("who", ["outsider", "staff", "anonymous"])
def test_download_by_others_is_like_a_file_that_does_not_exist(client: Client, stored: StoredFile, who: str) -> None:
    if who != "anonymous":
        client.force_login(make_user(is_staff=who == "staff"))

    refused = client.get(stored.get_absolute_url())
    missing = client.get(reverse("files:file-download", args=[uuid.uuid4()]))

    assert (refused.status_code, missing.status_code) == (404, 404)
    assert _without_tokens(refused.content) == _without_tokens(missing.content)


def _without_tokens(body: bytes) -> bytes:
    return hashlib.sha256(b"\n".join(line for line in body.splitlines() if b"csrf" not in line)).digest()


def test_download_that_no_room_knows(client: Client, alice: User, stored: StoredFile, monkeypatch) -> None:
    monkeypatch.setattr("portal.files.permissions._readers", [])
    client.force_login(alice)

    assert client.get(stored.get_absolute_url()).status_code == 404


@pytest.mark.parametrize(
    ("state", "words"),
    [(ScanState.PENDING, "is being checked for malware"), (ScanState.QUARANTINED, "has been quarantined")],
)
def test_download_held_back(client: Client, alice: User, stored: StoredFile, state: str, words: str) -> None:
    StoredFile.objects.update(scan_state=state)
    client.force_login(alice)

    response = client.get(stored.get_absolute_url())

    assert response.status_code == 409
    assert words in response.content.decode()
    assert samples.pdf() not in response.content
    assert response["Content-Type"] == "text/html; charset=utf-8"


def test_download_whose_content_is_lost(client: Client, alice: User, stored: StoredFile) -> None:
    stored.content.storage.delete(stored.content.name)
    client.force_login(alice)

    response = client.get(stored.get_absolute_url())

    assert response.status_code == 409
    assert "This file is missing" in response.content.decode()


def test_download_of_a_type_off_the_list_has_no_type(client: Client, alice: User, stored: StoredFile) -> None:
    StoredFile.objects.update(media_type="text/html")
    client.force_login(alice)

    response = client.get(stored.get_absolute_url())
    response.close()

    assert response["Content-Type"] == "application/octet-stream"


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_download_by_another_method(client: Client, alice: User, stored: StoredFile, method: str) -> None:
    client.force_login(alice)

    assert getattr(client, method)(stored.get_absolute_url()).status_code == 405


def test_file_list(stored: StoredFile) -> None:
    StoredFile.objects.update(name="<b>plan</b>.pdf")

    html = render_to_string("files/_list.html", {"files": StoredFile.objects.all(), "remove_url": "/remove/"})

    assert "&lt;b&gt;plan&lt;/b&gt;.pdf" in html
    assert f'name="file" value="{stored.public_id}"' in html
    assert 'action="/remove/"' in html
    assert "Not scanned" in html
    assert "<form" not in render_to_string("files/_list.html", {"files": StoredFile.objects.all()})


def test_admin_is_for_reading_and_rescanning(client: Client, stored: StoredFile, settings: Settings) -> None:
    settings.CLAMD_ADDRESS = "127.0.0.1:1"
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "RequireMfa" not in name]
    client.force_login(make_user(is_staff=True, is_superuser=True))
    place = reverse("admin:files_storedfile_changelist")

    listing = client.get(place)
    page = client.get(reverse("admin:files_storedfile_change", args=[stored.pk]))
    changed = client.post(reverse("admin:files_storedfile_change", args=[stored.pk]), {"name": "forged"})
    deleted = client.post(reverse("admin:files_storedfile_delete", args=[stored.pk]), {"post": "yes"})
    client.post(place, {"action": "ask_for_scan", "_selected_action": [stored.pk]})

    stored.refresh_from_db()
    assert (listing.status_code, page.status_code, changed.status_code, deleted.status_code) == (200, 200, 403, 403)
    assert stored.content.name not in page.content.decode()
    assert (stored.name, stored.scan_state) == ("Plan – draft “2”.pdf", ScanState.PENDING)
