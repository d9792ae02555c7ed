"""Rows are in exactly once or not at all: real processes killed while they read, and two at the same file."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from portal.schedule import SCHEDULE
from reporting.actions import ingest
from reporting.actions.ingest import claim_upload, sweep_uploads
from reporting.choices import FoundState, UploadState
from reporting.models import FoundReturn, FoundRow, Upload
from tests.reporting.files import begin, rows_of, zip_of
from tests.reporting.makers import spend
from tests.reporting.readers import Readers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

LINES = 3_000
# When it is killed: a moment, and the how manieth of its kind.
KILLS = [
    ("claimed", 1), ("tick", 1), ("tick", 7), ("written", 1), ("tick", 12), ("written", 3), ("written", 5),
    ("tick", 15), ("written", 6), ("finishing", 1),
]  # fmt: skip


@pytest.fixture
def upload(due, supplier, bob) -> Upload:
    lines = [spend(description=f"Line {number}") for number in range(LINES)]
    tables = rows_of(due[0], lines=lines, actual_spend=str(9000 * LINES), spend_to_date=str(9000 * LINES))
    return begin(supplier, bob, zip_of(tables), "returns.zip")


@pytest.fixture(scope="module")
def readers(django_db_setup: None) -> Iterator[Readers]:
    with Readers() as nursery:
        yield nursery


def silence(upload: Upload) -> None:
    """As if its worker had not been heard of for a minute."""
    Upload.objects.filter(pk=upload.pk).update(seen_at=timezone.now() - timedelta(minutes=1), attempts=0)


def assert_read_once(upload: Upload) -> None:
    upload.refresh_from_db()
    assert (upload.state, upload.rows_read, upload.errors_found) == (UploadState.CHECKED, LINES + 1, 0)
    numbers = FoundRow.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(1, LINES + 1))
    assert [one.state for one in FoundReturn.objects.all()] == [FoundState.GOOD]


def test_ten_kills_leave_nothing_and_the_next_worker_reads_all(upload, readers) -> None:
    for moment, number in KILLS:
        killed = readers.read(upload.pk, "kill", at=moment, number=number)
        assert readers.end_of(killed) == -signal.SIGKILL, (moment, number)
        upload.refresh_from_db()
        assert upload.state == UploadState.READING
        assert not FoundRow.objects.exists()
        assert not FoundReturn.objects.exists()
        silence(upload)
    assert sweep_uploads(now=timezone.now()) == 1
    assert readers.end_of(readers.read(upload.pk)) == 0
    assert_read_once(upload)


def test_killed_after_the_commit_nothing_is_read_again(upload, readers) -> None:
    assert readers.end_of(readers.read(upload.pk)) == 0
    silence(upload)
    assert sweep_uploads(now=timezone.now()) == 0
    assert readers.end_of(readers.read(upload.pk)) == 0
    assert_read_once(upload)


def test_two_workers_at_one_file_read_it_once(upload, readers) -> None:
    both = [readers.read(upload.pk) for _ in range(2)]
    assert [readers.end_of(reader) for reader in both] == [0, 0]
    assert_read_once(upload)


def test_worker_that_was_silent_for_too_long_gives_way(upload, readers) -> None:
    """The first stops in the middle until the second has read the file; what the first wrote is not committed."""
    first = readers.read(upload.pk, "hold", at="written", number=2)
    wait_until(lambda: Upload.objects.get(pk=upload.pk).rows_read >= 1000)  # it stands still now
    Upload.objects.filter(pk=upload.pk).update(seen_at=timezone.now() - timedelta(minutes=1))
    assert readers.end_of(readers.read(upload.pk)) == 0
    assert readers.end_of(first) == 0
    assert_read_once(upload)


def wait_until(condition: Callable[[], bool]) -> None:
    ends_at = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < ends_at
        time.sleep(0.05)


def test_progress_moves_while_it_is_read(upload, readers) -> None:
    reader = readers.read(upload.pk, "pause", at="tick", seconds=0.05)
    seen = set()

    def is_done() -> bool:
        now = Upload.objects.get(pk=upload.pk)
        seen.add((now.rows_read, now.rows_expected))
        return now.state == UploadState.CHECKED

    wait_until(is_done)
    readers.end_of(reader)
    assert len(seen) > 5
    halfway = [(rows, expected) for rows, expected in seen if expected and rows > LINES / 2]
    assert all(abs(expected - LINES) < LINES / 4 for _, expected in halfway)


def test_file_that_breaks_its_reader_is_given_up_after_three_times(upload, readers) -> None:
    for _ in range(3):
        assert readers.end_of(readers.read(upload.pk, "kill", at="tick", number=1)) == -signal.SIGKILL
        Upload.objects.filter(pk=upload.pk).update(seen_at=timezone.now() - timedelta(minutes=1))
    assert sweep_uploads(now=timezone.now()) == 0
    upload.refresh_from_db()
    assert upload.state == UploadState.FAILED
    assert upload.failure.startswith("Reading it was broken off 3 times. Split the file")


def test_reader_that_fails_gives_the_file_back(upload, monkeypatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(ingest, "read_file", fail)
    states = []
    for _ in range(3):
        ingest.read_upload(upload_id=upload.pk, now=timezone.now())
        upload.refresh_from_db()
        states.append((upload.state, upload.attempts))
    assert states == [(UploadState.WAITING, 1), (UploadState.WAITING, 2), (UploadState.FAILED, 3)]


def test_it_resumes_by_itself_in_under_two_minutes(upload) -> None:
    pause = SCHEDULE["sweep-uploads"]["schedule"]
    assert pause + ingest.SILENCE.total_seconds() < 90
    assert claim_upload(upload_id=upload.pk, now=timezone.now() - timedelta(seconds=31))
    assert sweep_uploads(now=timezone.now()) == 1


def test_file_that_nobody_was_called_for_is_swept_up(upload) -> None:
    Upload.objects.filter(pk=upload.pk).update(uploaded_at=timezone.now() - timedelta(minutes=1))
    assert sweep_uploads(now=timezone.now()) == 1
    Upload.objects.filter(pk=upload.pk).update(uploaded_at=timezone.now())
    assert sweep_uploads(now=timezone.now()) == 0


def test_dropped_while_it_is_read_leaves_nothing(upload, bob, readers) -> None:
    from reporting.actions.uploads import drop_upload

    reader = readers.read(upload.pk, "pause", at="tick", seconds=0.1)
    wait_until(lambda: Upload.objects.get(pk=upload.pk).rows_read > 0)
    drop_upload(upload=upload, version=upload.version, by=bob, now=timezone.now())
    assert readers.end_of(reader) == 0
    upload.refresh_from_db()
    assert upload.state == UploadState.DROPPED
    assert not FoundReturn.objects.exists()
