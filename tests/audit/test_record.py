"""The record cannot be changed: by nobody, in no way."""

from __future__ import annotations

import pytest
from django.db import ProgrammingError, connection, transaction
from django.db.models import ProtectedError
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from portal.audit.actions import record
from portal.audit.models import Event
from tests.factories import make_public_body, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def event() -> Event:
    return record("organisations.organisation.verified", target=make_public_body(), by=make_user(), new={"a": 1})


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_event SET note = 'forged'", "DELETE FROM audit_event", "UPDATE audit_event SET id = id"]
)
def test_event_refuses_raw_sql(event: Event, statement: str) -> None:
    refused = pytest.raises(ProgrammingError, match="Cannot update or delete rows from audit_event")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    event.refresh_from_db()
    assert (event.note, Event.objects.count()) == ("", 1)


def test_event_refuses_the_orm(event: Event) -> None:
    event.note = "forged"
    for change in (event.save, event.delete, Event.objects.all().delete, lambda: Event.objects.update(note="forged")):
        with pytest.raises(ProgrammingError), transaction.atomic():
            change()


def test_actor_of_an_event_cannot_be_deleted(event: Event) -> None:
    assert event.actor is not None
    with pytest.raises(ProtectedError):
        event.actor.delete()


@pytest.fixture
def superuser(client: Client, settings: Settings) -> Client:
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "RequireMfa" not in name]
    client.force_login(make_user(is_staff=True, is_superuser=True))
    return client


def test_admin_shows_events_and_changes_none(superuser: Client, event: Event) -> None:
    change = reverse("admin:audit_event_change", args=[event.pk])

    assert superuser.get(reverse("admin:audit_event_changelist")).status_code == 200
    assert superuser.get(change).status_code == 200
    assert superuser.post(change, {"note": "forged"}).status_code == 403
    assert superuser.get(reverse("admin:audit_event_add")).status_code == 403
    assert superuser.post(reverse("admin:audit_event_delete", args=[event.pk]), {"post": "yes"}).status_code == 403
    event.refresh_from_db()
    assert event.note == ""


def test_row_history_in_the_admin(superuser: Client) -> None:
    body = make_public_body("Before")
    body.name = "After"
    body.save()
    place = reverse("admin:pghistory_events_changelist")

    page = superuser.get(place, {"obj": f"organisations.Organisation:{body.pk}", "method": "tracks"})

    assert page.status_code == 200
    assert "Before" in page.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        {"back": "https://attacker.example/"},
        {"back": "javascript:alert(1)"},
        {"obj": "organisations.Organisation:999999", "method": "tracks"},
        {"obj": "organisations.Organisation:x", "method": "tracks"},
    ],
)
def test_row_history_that_leads_out_or_nowhere(superuser: Client, query: dict[str, str]) -> None:
    assert superuser.get(reverse("admin:pghistory_events_changelist"), query).status_code == 404


def test_row_history_of_nothing_chosen(superuser: Client) -> None:
    assert superuser.get(reverse("admin:pghistory_events_changelist")).status_code == 200
