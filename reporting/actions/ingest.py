"""Reading uploads in the background: claimed by one worker, given up or taken back, read once to the end.

All rows and findings of a file are committed in one go with the word that it is checked. A worker that is killed
leaves nothing of them; its silence shows in `seen_at`, and the sweep gives the file to another.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog
from celery import current_app
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from portal.audit.actions import record
from portal.files.choices import DOWNLOADABLE, ScanState
from reporting.choices import UploadState
from reporting.models import Upload
from reporting.uploads.ingest import Ingest, read_file
from reporting.uploads.pulse import Lost, Pulse
from reporting.uploads.sheets import Unreadable

logger = structlog.get_logger(__name__)
READ_TASK = "reporting.tasks.read_upload"
SILENCE = timedelta(seconds=30)  # of a worker; then it is taken for dead
PATIENCE = timedelta(seconds=45)  # of a file that waits for a worker; then one is called again
MOST_ATTEMPTS = 3
MOST_AT_ONCE = 50
BROKEN_OFF = (
    f"Reading it was broken off {MOST_ATTEMPTS} times. Split the file and upload each part. "
    "If that does not help, write to us and name the file."
)
MALWARE = "The file holds malware, so nobody can open it. Check the computer that it came from."
GONE = "The file itself is no longer there. Upload it again."


def wake_reader(upload_id: int) -> None:
    """Call a worker after the commit. Where the broker is down the sweep does."""

    def wake() -> None:
        current_app.send_task(READ_TASK, args=[upload_id], retry=False)

    transaction.on_commit(wake, robust=True)


def read_upload(*, upload_id: int, now: datetime) -> None:
    """Read one file, unless another worker does. Whatever happens, the upload says how it ended."""
    upload = claim_upload(upload_id=upload_id, now=now)
    if upload is None:
        return
    try:
        with Pulse(upload) as pulse, upload.file.content.open("rb") as file, transaction.atomic():  # type: ignore[union-attr]
            pulse.bind()
            _finish(upload, read_file(upload, file, pulse.beat))
    except Lost:
        logger.info("reporting.upload_lost", upload=upload.pk, attempt=upload.attempts)
    except Unreadable as unreadable:
        fail_upload(upload=upload, why=str(unreadable))
    except FileNotFoundError:
        fail_upload(upload=upload, why=GONE)
    except Exception:  # whatever it is, the file goes back, and is given up after some attempts
        logger.exception("reporting.upload_broken_off", upload=upload.pk, attempt=upload.attempts)
        give_back_upload(upload=upload)


def claim_upload(*, upload_id: int, now: datetime) -> Upload | None:
    """The upload, if it is this worker's now; None where it is another's, read, or not yet scanned."""
    free = Q(state=UploadState.WAITING) | Q(state=UploadState.READING, seen_at__lt=now - SILENCE)
    claimed = Upload.objects.filter(
        free, pk=upload_id, attempts__lt=MOST_ATTEMPTS, file__scan_state__in=DOWNLOADABLE
    ).update(state=UploadState.READING, attempts=F("attempts") + 1, seen_at=now, rows_read=0, rows_expected=None)
    return Upload.objects.select_related("supplier", "file").get(pk=upload_id) if claimed else None


def _finish(upload: Upload, ingest: Ingest) -> None:
    """In the transaction of the reading, so that it is committed with all rows or not at all."""
    mine = _mine(upload)
    if mine is None:
        raise Lost
    mine.state, mine.finished_at = UploadState.CHECKED, timezone.now()
    mine.standard, mine.rows_read, mine.rows_expected = ingest.version, ingest.rows, ingest.rows
    mine.errors_found, mine.questions_found = ingest.errors, ingest.questions
    mine.bump_version().save()
    new = {"rows": ingest.rows, "errors": ingest.errors, "questions": ingest.questions}
    record("reporting.upload.checked", target=mine, by=None, new=new)


def _mine(upload: Upload) -> Upload | None:
    """The row, locked, while it is still in the hands of this attempt."""
    locked = Upload.objects.locked(upload.pk)
    is_mine = locked.state == UploadState.READING and locked.attempts == upload.attempts
    return locked if is_mine else None


@transaction.atomic
def fail_upload(*, upload: Upload, why: str) -> None:
    """It cannot be read; `why` is for its uploader."""
    mine = _mine(upload)
    if mine is not None:
        _fail(mine, why)


def _fail(upload: Upload, why: str) -> None:
    upload.state, upload.failure, upload.finished_at = UploadState.FAILED, why[:1000], timezone.now()
    upload.bump_version().save()
    record("reporting.upload.failed", target=upload, by=None, new={"why": upload.failure})


@transaction.atomic
def give_back_upload(*, upload: Upload) -> None:
    """To be read by whoever comes next; given up after `MOST_ATTEMPTS`."""
    mine = _mine(upload)
    if mine is None:
        return
    if mine.attempts >= MOST_ATTEMPTS:
        _fail(mine, BROKEN_OFF)
        return
    mine.state = UploadState.WAITING
    mine.save(update_fields=["state"])


def sweep_uploads(*, now: datetime) -> int:
    """Take back what dead workers left, give up what never ends, and call workers for the rest; returns how many."""
    for pk in _hopeless(now).values_list("pk", flat=True)[:MOST_AT_ONCE]:
        _give_up(pk, now)
    due = list(_due(now).order_by("uploaded_at", "pk").values_list("pk", flat=True)[:MOST_AT_ONCE])
    for pk in due:
        wake_reader(pk)
    return len(due)


def _due(now: datetime) -> QuerySet[Upload]:
    silent = Q(state=UploadState.READING, seen_at__lt=now - SILENCE)
    forgotten = Q(state=UploadState.WAITING, uploaded_at__lt=now - PATIENCE)
    return Upload.objects.filter(silent | forgotten, attempts__lt=MOST_ATTEMPTS, file__scan_state__in=DOWNLOADABLE)


def _hopeless(now: datetime) -> QuerySet[Upload]:
    worn = Q(state=UploadState.READING, seen_at__lt=now - SILENCE, attempts__gte=MOST_ATTEMPTS)
    worn |= Q(state=UploadState.WAITING, attempts__gte=MOST_ATTEMPTS)
    unfit = Q(file=None) | Q(file__scan_state=ScanState.QUARANTINED)
    return Upload.objects.filter(worn | (Q(state=UploadState.WAITING) & unfit))


@transaction.atomic
def _give_up(pk: int, now: datetime) -> None:
    locked = Upload.objects.locked(pk)
    if not _hopeless(now).filter(pk=pk).exists():
        return
    if locked.file is None:
        _fail(locked, GONE)
    else:
        _fail(locked, MALWARE if locked.file.scan_state == ScanState.QUARANTINED else BROKEN_OFF)


def wake_all(pks: Iterable[int]) -> None:
    for pk in pks:
        wake_reader(pk)
