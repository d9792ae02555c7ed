"""Bytes that no record names are deleted a day later; what has a record never is."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as portal_settings
from django.db import transaction
from django.utils import timezone

from portal.accounts.models import User
from portal.files import actions
from portal.files.models import StoredFile
from portal.files.tasks import sweep_lone_contents
from tests.files import samples
from tests.files.conftest import contents

DAY = timedelta(hours=24)


def age(path: Path, by: timedelta) -> None:
    moment = (timezone.now() - by).timestamp()
    os.utime(path, (moment, moment))


def lay(media: Path, name: str, *, age_is: timedelta) -> Path:
    path = media / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"left behind")
    age(path, age_is)
    return path


class KilledError(Exception):
    """Stands for what ends a process between the bytes and the commit."""


@transaction.atomic
def store_and_be_killed(by: User) -> None:
    actions.store_file(upload=samples.upload(), by=by)
    raise KilledError


def test_what_a_killed_transaction_left_is_deleted_a_day_later(media: Path, alice: User) -> None:
    with pytest.raises(KilledError):
        store_and_be_killed(alice)
    (left,) = contents(media)
    assert not StoredFile.objects.exists()

    age(media / left, DAY - timedelta(minutes=1))
    sweep_lone_contents()
    assert set(contents(media)) == {left}

    age(media / left, DAY + timedelta(minutes=1))
    sweep_lone_contents()
    assert contents(media) == {}


def test_what_has_a_record_stays_however_old(media: Path, alice: User) -> None:
    kept = {str(actions.store_file(upload=samples.upload(), by=alice).content.name) for _ in range(3)}
    quarantined = lay(media, "quarantine/held", age_is=400 * DAY)
    StoredFile.objects.filter(content=min(kept)).update(content="quarantine/held")
    for name in kept:
        age(media / name, 400 * DAY)
    lone = lay(media, "quarantine/lone", age_is=2 * DAY)

    assert actions.sweep_lone_contents(now=timezone.now()) == 2

    assert quarantined.exists()
    assert not lone.exists()
    assert set(contents(media)) == (kept - {min(kept)}) | {"quarantine/held"}


def test_other_folders_are_not_looked_at(media: Path, db: None) -> None:
    other = lay(media, "exports/list.csv", age_is=400 * DAY)

    assert actions.sweep_lone_contents(now=timezone.now()) == 0
    assert other.exists()


def test_nothing_is_deleted_where_the_records_belong_to_other_files(
    media: Path, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "MOST_LONE", 2)
    for number in range(3):
        lay(media, f"uploads/ab/{number}", age_is=2 * DAY)

    with pytest.raises(actions.WrongDatabase, match="3 stored files have no record"):
        actions.sweep_lone_contents(now=timezone.now())
    assert len(contents(media)) == 3


def test_sweep_takes_more_than_one_batch(media: Path, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.files.queries.BATCH", 2)
    for number in range(5):
        lay(media, f"uploads/0{number}/{number}", age_is=2 * DAY)

    assert actions.sweep_lone_contents(now=timezone.now()) == 5


def test_sweep_is_run_each_day() -> None:
    names = [entry["task"] for entry in portal_settings.CELERY_BEAT_SCHEDULE.values()]
    assert sweep_lone_contents.name in names
