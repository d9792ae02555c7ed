"""Keeping, removing and rescanning files: trust rows 17 and 18."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from unittest import mock

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from portal.accounts.models import User
from portal.audit.models import Event
from portal.files import actions, queries
from portal.files.choices import ScanState
from portal.files.models import StoredFile
from portal.files.quarantine import MASK
from portal.notifications.models import Delivery
from portal.refusals import Refused
from tests.factories import make_user
from tests.files import samples
from tests.files.conftest import contents
from tests.files.scanners import false_clamd, real_clamd
from tests.files.test_clamd import needs_clamd, reply_with

DOWN = "127.0.0.1:1"


def test_store_file(media: Path, alice: User) -> None:
    stored = actions.store_file(upload=samples.upload(samples.pdf(), "../Plan.PDF", "text/html"), by=alice)

    stored.refresh_from_db()
    assert (stored.name, stored.media_type, stored.size) == ("Plan.PDF", "application/pdf", len(samples.pdf()))
    assert stored.sha256 == hashlib.sha256(samples.pdf()).hexdigest()
    assert stored.scan_state == ScanState.NOT_SCANNED
    assert contents(media) == {stored.content.name: samples.pdf()}
    assert re.fullmatch(r"uploads/[0-9a-f]{2}/[0-9a-f]{32}", stored.content.name)
    assert Event.objects.about(stored).get().name == "files.file.stored"


@pytest.mark.parametrize("name", ["same.txt", "other.txt"])
def test_store_file_path_says_nothing_of_the_file(media: Path, alice: User, name: str) -> None:
    paths = {actions.store_file(upload=samples.upload(name=name), by=alice).content.name for _ in range(5)}

    assert len(paths) == 5
    assert not any("same" in path or "other" in path or str(alice.pk) == path for path in paths)


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (samples.PROGRAM, "plan.pdf", "‘plan.pdf’ is a program. We take documents, tables and pictures only."),
        (
            samples.pdf(),
            "plan.docx",
            "‘plan.docx’ ends in .docx, but by its content it is a file of the type PDF. "
            "Rename it to end in .pdf, or save it again as Word document (DOCX).",
        ),
    ],
)
def test_store_file_refused(media: Path, alice: User, content: bytes, name: str, message: str) -> None:
    upload = samples.upload(content, name, "application/pdf")

    with pytest.raises(Refused) as caught:
        actions.store_file(upload=upload, by=alice)

    assert [reason.message for reason in caught.value.reasons] == [message]
    assert contents(media) == {}
    assert not StoredFile.objects.exists()


def test_store_file_over_the_limit(media: Path, alice: User, settings: Settings) -> None:
    settings.UPLOAD_LIMIT_BYTES = len(samples.txt()) - 1

    with pytest.raises(Refused, match="The largest file we can take is"):
        actions.store_file(upload=samples.upload(), by=alice)


def test_store_file_by_nobody(media: Path, db: None) -> None:
    for nobody in (AnonymousUser(), User(is_active=False)):
        with pytest.raises(PermissionDenied):
            actions.store_file(upload=samples.upload(), by=nobody)  # type: ignore[arg-type]


def test_store_file_whose_row_fails_leaves_no_content(media: Path, alice: User) -> None:
    with mock.patch.object(actions, "record", side_effect=RuntimeError), pytest.raises(RuntimeError):
        actions.store_file(upload=samples.upload(), by=alice)

    assert contents(media) == {}
    assert not StoredFile.objects.exists()


def test_remove_file(
    media: Path, alice: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    stored = actions.store_file(upload=samples.upload(), by=alice)

    with django_capture_on_commit_callbacks(execute=True):
        actions.remove_file(stored_file=stored, by=alice)

    assert contents(media) == {}
    assert not StoredFile.objects.exists()
    assert Event.objects.filter(name="files.file.removed", target_id=stored.pk).count() == 1


@pytest.mark.parametrize(("column", "value"), [("scan_state", "harmless"), ("sha256", "short"), ("size", -1)])
def test_stored_file_constraints(media: Path, alice: User, column: str, value: object) -> None:
    stored = actions.store_file(upload=samples.upload(), by=alice)

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE files_storedfile SET {column} = %s WHERE id = %s", [value, stored.pk])


# --- Scanning ----------------------------------------------------------------------------------


def store_pending(settings: Settings, address: str, by: User, content: bytes = samples.EICAR) -> StoredFile:
    settings.CLAMD_ADDRESS = address
    stored = actions.store_file(upload=samples.upload(content, "report.txt"), by=by)
    assert stored.scan_state == ScanState.PENDING
    return stored


def test_store_file_queues_its_scan_after_the_commit(
    media: Path, alice: User, settings: Settings, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with mock.patch.object(actions.current_app, "send_task") as send, django_capture_on_commit_callbacks(execute=True):
        stored = store_pending(settings, DOWN, alice)
        send.assert_not_called()

    send.assert_called_once_with("portal.files.tasks.scan_file", args=[stored.pk], retry=False)


def test_store_file_with_the_broker_down(
    media: Path, alice: User, settings: Settings, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    """The file is kept and waits: the sweep finds it."""
    broken = mock.patch.object(actions.current_app, "send_task", side_effect=ConnectionError)
    with broken, django_capture_on_commit_callbacks(execute=True):
        stored = store_pending(settings, DOWN, alice)

    stored.refresh_from_db()
    assert stored.scan_state == ScanState.PENDING


@needs_clamd
def test_scan_file_quarantines_malware(
    media: Path, alice: User, settings: Settings, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    admin = make_user("staff@example.org", is_staff=True)
    with real_clamd() as address:
        stored = store_pending(settings, address, alice)
        with django_capture_on_commit_callbacks(execute=True):
            actions.scan_file(stored_file_id=stored.pk)
        actions.scan_file(stored_file_id=stored.pk)

    stored.refresh_from_db()
    assert stored.scan_state == ScanState.QUARANTINED
    assert stored.scan_detail.startswith("Found: Test.Eicar")
    assert stored.sha256 == hashlib.sha256(samples.EICAR).hexdigest()
    assert contents(media) == {stored.content.name: samples.EICAR.translate(MASK)}
    assert stored.content.name.startswith("quarantine/")
    assert set(Delivery.objects.values_list("recipient_id", flat=True)) == {alice.pk, admin.pk}
    assert Event.objects.filter(name="files.file.quarantined").count() == 1


@needs_clamd
def test_scan_file_clean(media: Path, alice: User, settings: Settings) -> None:
    with real_clamd() as address:
        stored = store_pending(settings, address, alice, samples.txt())
        actions.scan_file(stored_file_id=stored.pk)

    stored.refresh_from_db()
    assert (stored.scan_state, stored.scan_detail) == (ScanState.CLEAN, "")
    assert not Delivery.objects.exists()


def test_scan_file_scanner_down(media: Path, alice: User, settings: Settings) -> None:
    stored = store_pending(settings, DOWN, alice)

    actions.scan_file(stored_file_id=stored.pk)

    stored.refresh_from_db()
    assert stored.scan_state == ScanState.PENDING
    assert stored.scan_detail.startswith("No verdict yet.")
    assert queries.due_for_scan() == []


@pytest.mark.parametrize(
    "reply", [b"", b"OK\0", b"stream: Can't read ERROR\0", b"INSTREAM size limit exceeded. ERROR\0"]
)
def test_scan_file_without_verdict_is_never_clean(media: Path, alice: User, settings: Settings, reply: bytes) -> None:
    with false_clamd(reply_with(reply)) as address:
        stored = store_pending(settings, address, alice)
        actions.scan_file(stored_file_id=stored.pk)

    stored.refresh_from_db()
    assert stored.scan_state == ScanState.PENDING


def test_scan_file_clean_then_scanner_down_stays_clean(media: Path, alice: User, settings: Settings) -> None:
    stored = store_pending(settings, DOWN, alice)
    StoredFile.objects.update(scan_state=ScanState.CLEAN)

    actions.scan_file(stored_file_id=stored.pk)

    stored.refresh_from_db()
    assert stored.scan_state == ScanState.CLEAN


def test_scan_file_quarantine_that_fails_keeps_the_original_alone(media: Path, alice: User, settings: Settings) -> None:
    with false_clamd(reply_with(b"stream: Bad FOUND\0")) as address:
        stored = store_pending(settings, address, alice)
        with mock.patch.object(actions, "tell", side_effect=RuntimeError), pytest.raises(RuntimeError):
            actions.scan_file(stored_file_id=stored.pk)

    stored.refresh_from_db()
    assert stored.scan_state == ScanState.PENDING
    assert contents(media) == {stored.content.name: samples.EICAR}


@needs_clamd
def test_rescan_pending_once_the_scanner_is_back(media: Path, alice: User, settings: Settings) -> None:
    from portal.files.tasks import rescan_pending, scan_file

    waiting = store_pending(settings, DOWN, alice, samples.txt())
    store_pending(settings, DOWN, alice, samples.csv())
    StoredFile.objects.exclude(pk=waiting.pk).update(scan_state=ScanState.CLEAN)

    with real_clamd() as address, mock.patch.object(scan_file, "delay", side_effect=scan_file):
        settings.CLAMD_ADDRESS = address
        rescan_pending()

    assert list(StoredFile.objects.values_list("scan_state", flat=True)) == [ScanState.CLEAN, ScanState.CLEAN]


@pytest.mark.parametrize(
    ("state", "after"), [(ScanState.NOT_SCANNED, ScanState.PENDING), (ScanState.CLEAN, ScanState.CLEAN)]
)
def test_rescan_file(media: Path, alice: User, settings: Settings, state: ScanState, after: ScanState) -> None:
    admin = make_user(is_staff=True)
    stored = store_pending(settings, DOWN, alice)
    StoredFile.objects.update(scan_state=state)

    actions.rescan_file(stored_file=stored, by=admin)

    stored.refresh_from_db()
    assert stored.scan_state == after


def test_rescan_file_refused(media: Path, alice: User, settings: Settings) -> None:
    admin = make_user(is_staff=True)
    stored = store_pending(settings, DOWN, alice)

    with pytest.raises(PermissionDenied):
        actions.rescan_file(stored_file=stored, by=alice)
    StoredFile.objects.update(scan_state=ScanState.QUARANTINED)
    with pytest.raises(Refused, match="in quarantine already"):
        actions.rescan_file(stored_file=stored, by=admin)
    settings.CLAMD_ADDRESS = ""
    with pytest.raises(Refused, match="No scanner is set up"):
        actions.rescan_file(stored_file=stored, by=admin)
