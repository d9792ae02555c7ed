"""Every write to the files' records and their content."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from celery import current_app
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from portal.audit.actions import record
from portal.files import clamd, queries
from portal.files.choices import TRANSITIONS, ScanState
from portal.files.intake import fingerprint, inspect
from portal.files.kinds import DOCUMENTS, Intake
from portal.files.models import StoredFile
from portal.files.permissions import can_rescan_file, can_store_file
from portal.files.quarantine import copy_to_quarantine
from portal.notifications.actions import tell
from portal.notifications.choices import Kind
from portal.refusals import Refused

if TYPE_CHECKING:
    from portal.accounts.models import User

logger = structlog.get_logger(__name__)
SCAN_TASK = "portal.files.tasks.scan_file"
LEFT_ALONE = timedelta(hours=24)  # no transaction lasts as long
MOST_LONE = 100


class WrongDatabase(Exception):
    """The stored files and the records don't belong together."""


@transaction.atomic
def store_file(*, upload: UploadedFile, by: User, intake: Intake = DOCUMENTS) -> StoredFile:
    """Keep an upload whose type its content proves; it waits for the scan where a scanner is set up.

    Raises `Refused` with what is wrong and how to mend it, and `PermissionDenied` for nobody known.
    """
    if not can_store_file(by):
        raise PermissionDenied
    name, kind = inspect(upload, intake)
    stored = StoredFile(
        name=name,
        media_type=kind.media_type,
        size=upload.size or 0,
        sha256=fingerprint(upload),
        uploaded_by=by,
        scan_state=ScanState.PENDING if settings.CLAMD_ADDRESS else ScanState.NOT_SCANNED,
    )
    stored.content.save(name, upload, save=False)
    try:
        with transaction.atomic():
            stored.save()
            record("files.file.stored", target=stored, by=by, new={"name": name, "size": stored.size})
    except Exception:
        stored.content.storage.delete(str(stored.content.name))
        raise
    if stored.scan_state == ScanState.PENDING:
        _queue_scan(stored)
    return stored


@transaction.atomic
def remove_file(*, stored_file: StoredFile, by: User) -> None:
    """Delete the record and, once that is committed, the content. The caller's room says who may."""
    stored = StoredFile.objects.select_for_update().get(pk=stored_file.pk)
    record("files.file.removed", target=stored, by=by, old={"name": stored.name, "sha256": stored.sha256})
    _delete_content_after_commit(stored)
    stored.delete()


def sweep_lone_contents(*, now: datetime) -> int:
    """Delete stored bytes that no record names, a day after they were written; returns how many.

    A process that is killed between writing the bytes and committing the record leaves them. Where most
    of what is stored has no record, the database is not the one that the files belong to: raises
    `WrongDatabase` and deletes nothing.
    """
    lone = list(queries.lone_contents(now - LEFT_ALONE))
    if len(lone) > MOST_LONE and len(lone) > StoredFile.objects.count():
        raise WrongDatabase(f"{len(lone)} stored files have no record: see that the database is the right one.")
    storage = StoredFile._meta.get_field("content").storage
    for path in lone:
        storage.delete(path)
    if lone:
        logger.warning("lone_contents_deleted", number=len(lone))
    return len(lone)


@transaction.atomic
def rescan_file(*, stored_file: StoredFile, by: User) -> None:
    """Ask for a fresh scan. Raises `Refused` without a scanner or for a file in quarantine."""
    if not can_rescan_file(by):
        raise PermissionDenied
    stored = StoredFile.objects.select_for_update().get(pk=stored_file.pk)
    if not settings.CLAMD_ADDRESS:
        raise Refused("No scanner is set up. Set CLAMD_ADDRESS and start the portal again.")
    if stored.scan_state == ScanState.QUARANTINED:
        raise Refused(f"‘{stored.name}’ is in quarantine already.")
    if ScanState.PENDING in TRANSITIONS[ScanState(stored.scan_state)]:
        stored.scan_state = ScanState.PENDING
        stored.save(update_fields=["scan_state"])
    record("files.file.rescan_asked", target=stored, by=by)
    _queue_scan(stored)


def scan_file(*, stored_file_id: int) -> None:
    """Ask clamd about one file and keep its verdict. Without a verdict the state stays as it is.

    The content is sent outside any transaction, because a scan may take minutes.
    """
    stored = StoredFile.objects.filter(pk=stored_file_id).exclude(scan_state=ScanState.QUARANTINED).first()
    if stored is None or not settings.CLAMD_ADDRESS:
        return
    try:
        with stored.content.open("rb") as content:
            verdict = clamd.scan(settings.CLAMD_ADDRESS, content.chunks())
    except (clamd.ScanFailed, OSError) as error:
        logger.warning("scan_failed", stored_file=stored.pk, reason=str(error)[:200])
        StoredFile.objects.filter(pk=stored.pk).update(scan_detail=f"No verdict yet. {error}"[:200])
        return
    if verdict.signature:
        _quarantine(stored, verdict.signature)
    else:
        _mark_clean(stored.pk)


def _queue_scan(stored: StoredFile) -> None:
    """Wake a worker after the commit. Where the broker is down the sweep finds the file instead."""

    def wake_scanner() -> None:  # no `partial`: Django asks a robust hook for its __qualname__
        current_app.send_task(SCAN_TASK, args=[stored.pk], retry=False)

    transaction.on_commit(wake_scanner, robust=True)


def _delete_content_after_commit(stored: StoredFile) -> None:
    storage, path = stored.content.storage, str(stored.content.name)

    def delete_content() -> None:
        storage.delete(path)

    transaction.on_commit(delete_content, robust=True)


@transaction.atomic
def _mark_clean(stored_file_id: int) -> None:
    stored = StoredFile.objects.select_for_update().filter(pk=stored_file_id).first()
    if stored is None or stored.scan_state == ScanState.QUARANTINED:
        return
    stored.scan_state, stored.scan_detail = ScanState.CLEAN, ""
    stored.save(update_fields=["scan_state", "scan_detail"])
    record("files.file.scanned_clean", target=stored, by=None)


def _quarantine(stored: StoredFile, signature: str) -> None:
    """Move the content out of reach and tell its uploader and staff; the record stays, with its hash."""
    masked_path = copy_to_quarantine(stored.content)
    kept = False
    try:
        kept = _keep_quarantined(stored.pk, masked_path, signature)
    finally:
        if not kept:
            stored.content.storage.delete(masked_path)


@transaction.atomic
def _keep_quarantined(stored_file_id: int, masked_path: str, signature: str) -> bool:
    stored = StoredFile.objects.select_for_update().filter(pk=stored_file_id).first()
    if stored is None or stored.scan_state == ScanState.QUARANTINED:
        return False
    _delete_content_after_commit(stored)
    old = stored.scan_state
    stored.content.name = masked_path
    stored.scan_state, stored.scan_detail = ScanState.QUARANTINED, f"Found: {signature}"[:200]
    stored.save(update_fields=["content", "scan_state", "scan_detail"])
    record(
        "files.file.quarantined", target=stored, by=None,
        old={"scan_state": old}, new={"scan_state": stored.scan_state, "scan_detail": stored.scan_detail},
    )  # fmt: skip
    _tell_of_malware(stored, signature)
    return True


def _tell_of_malware(stored: StoredFile, signature: str) -> None:
    tell(
        kind=Kind.ACCOUNT,
        subject=f"We found malware in ‘{stored.name}’",
        body=(
            f"The file ‘{stored.name}’ that you uploaded holds malware ({signature}). Nobody can open or "
            "download it.\n\nCheck the computer that it came from. Then upload a clean copy."
        ),
        recipients=get_user_model().objects.filter(pk=stored.uploaded_by_id),
        reason="You uploaded this file.",
        dedupe_key=f"malware-uploader:{stored.public_id}",
    )
    tell(
        kind=Kind.ACCOUNT,
        subject="Malware found in an upload",
        body=(
            f"File {stored.public_id}: {signature}. SHA-256 {stored.sha256}.\n\n"
            "Nobody can download it. Its uploader has been told. Look at the account that it came from."
        ),
        recipients=get_user_model().objects.filter(is_staff=True, is_active=True),
        path=f"/admin/files/storedfile/{stored.pk}/change/",
        link_text="See the file's record",
        reason="You are on the staff of the portal.",
        dedupe_key=f"malware-staff:{stored.public_id}",
    )
