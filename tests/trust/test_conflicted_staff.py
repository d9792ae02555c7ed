"""Trust row 5 in the admin: staff who sit on a panel read there of no pitch over which they have a conflict.

Neither in the lists of the dens nor in the records that all rooms share, which one without a conflict does read.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from innovation_den.models import Moderation, PilotAmendment, PlanRun, ReviewPoint, Score, StopRule
from portal.accounts.models import User
from portal.audit.actions import record
from portal.audit.models import Event
from portal.files.models import StoredFile
from portal.notifications.actions import tell
from portal.notifications.choices import Kind
from portal.notifications.models import Delivery, Message
from tests.factories import make_user
from tests.innovation_den.makers import NOW
from tests.trust.test_conflicted_panellist import MARK, Life, found_by, lived

# Django's own note on addresses without a scheme, in a form that is drawn for reading alone.
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore::django.utils.deprecation.RemovedInDjango60Warning"),
]
# Of these the walk has rows of hidden pitches alone.
OF_HIDDEN_ALONE = (Moderation, PilotAmendment, PlanRun, ReviewPoint, StopRule)


@pytest.fixture(scope="module")
def life(django_db_setup: None, django_db_blocker: Any) -> Iterator[Life]:
    for life in lived(django_db_blocker):
        User.objects.filter(pk=life.people["staff"].pk).update(is_superuser=True)
        life.people["auditor"] = make_user(name="Ann Auditor", is_staff=True, is_superuser=True)
        add_rows(life)
        yield life


def add_rows(life: Life) -> None:
    """What the life of the dens does not bring by itself."""
    owner, pilot, pitch = life.people["owner"], life.pilots[0], life.hidden[-1]
    pilot.stop_rules.create(when="measure_below", limit=1)
    pilot.reviews.create(due_on=NOW.date() + timedelta(days=90))
    pilot.amendments.create(
        number=1, old={"threshold": "60"}, new={"threshold": "50"}, reason=MARK, proposed_side="firm", proposed_at=NOW
    )
    score = Score.objects.filter(sheet__pitch=pitch)[0]
    Moderation.objects.create(score=score, old_value=0, new_value=1, reason=f"{MARK} is better", by=owner, at=NOW)
    record("innovation_den.pitch.saved", target=pitch, by=owner, new={"title": MARK})
    record("files.file.stored", target=pitch.files.get(), by=owner, new={"name": f"{MARK}.txt"})
    tell(kind=Kind.DEN, subject=f"{MARK} has dropped out", body=f"{MARK} will not come.", recipients=[owner])


def rows_in_admin(model: type[Model]) -> Iterator[tuple[str, str]]:
    """The list in the admin, and the page of each of its rows."""
    name = f"{model._meta.app_label}_{model._meta.model_name}"
    yield name, reverse(f"admin:{name}_changelist")
    for row in model._default_manager.order_by("-pk")[:30]:
        yield name, reverse(f"admin:{name}_change", args=[row.pk])


def of_the_dens() -> Iterator[tuple[str, str]]:
    for model in apps.get_app_config("innovation_den").get_models():
        if admin.site.is_registered(model):
            yield from rows_in_admin(model)


def shared(life: Life) -> Iterator[tuple[str, str]]:
    for model in (Event, Message, Delivery, StoredFile):
        yield from rows_in_admin(model)
    pitch = life.hidden[-1]
    path = reverse("admin:pghistory_events_changelist")
    yield "versions", f"{path}?obj=innovation_den.Pitch:{pitch.pk}&method=tracks"
    yield "versions", f"{path}?event_model=innovation_den.PitchEvent"
    yield "file", reverse("audit:history", args=["files", "storedfile", pitch.files.get().pk])


def test_nothing_of_it_in_the_lists_of_the_dens(life: Life) -> None:
    assert found_by(life, "staff", of_the_dens(), "get") == {}


@pytest.mark.parametrize("model", OF_HIDDEN_ALONE)
def test_no_row_that_says_nothing_of_it_either(life: Life, model: type[Model]) -> None:
    counts = []
    for role in ("auditor", "staff"):
        client = Client()
        client.force_login(life.people[role])
        page = client.get(reverse(f"admin:innovation_den_{model._meta.model_name}_changelist"))
        counts.append(page.context["cl"].result_count)

    assert counts == [1, 0]


def test_nothing_of_it_in_the_records_that_all_rooms_share(life: Life) -> None:
    assert found_by(life, "staff", shared(life), "get") == {}


def test_one_without_a_conflict_reads_of_it_in_each_of_them(life: Life) -> None:
    every = {name for name, _ in shared(life)}

    assert found_by(life, "auditor", shared(life), "get").keys() == every


def test_what_does_not_speak_of_dens_is_left_to_them(life: Life) -> None:
    record("accounts.user.changed", target=life.people["owner"], by=None, note="Of another room")
    client = Client()
    client.force_login(life.people["staff"])

    assert client.get(reverse("admin:audit_event_changelist")).context["cl"].result_count == 1
