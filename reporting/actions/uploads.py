"""Files with returns: taken in, kept as drafts where they are good, filed, or dropped. Reading them: `ingest.py`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from portal.audit.actions import record
from portal.files.actions import remove_file, store_file
from portal.files.intake import fingerprint, inspect
from portal.govuk.formats import when
from portal.organisations.models import Organisation
from portal.records import check_transition, sent_before
from portal.refusals import Reason, Refused
from reporting import standards
from reporting.actions.ingest import wake_reader
from reporting.actions.lines import copy_found_rows
from reporting.actions.returns import ALREADY_FILED, submit_return
from reporting.choices import (
    RETURN_TRANSITIONS,
    UNFILED,
    UPLOAD_TRANSITIONS,
    FoundState,
    ReturnState,
    UploadState,
)
from reporting.models import Contract, FoundReturn, FoundRow, Return, Upload
from reporting.permissions import can_upload, why_not_prepare
from reporting.uploads.intake import FORMATS, RETURNS

if TYPE_CHECKING:
    from portal.accounts.models import User

MOST_WAITING = 10  # files of one supplier that are not read yet


class SameFile(Refused):
    """The supplier uploaded exactly this file before, as `earlier`. Saying it again takes it all the same."""

    def __init__(self, earlier: Upload) -> None:
        self.earlier = earlier
        words = f"This file was uploaded already, at {when(earlier.uploaded_at)}, as ‘{earlier.name}’"
        super().__init__([Reason(words, "file")])


@transaction.atomic
def begin_upload(
    *, supplier: Organisation, upload: UploadedFile, submission_key: UUID, by: User, now: datetime, again: bool = False
) -> Upload:
    """Take a file in and have it read in the background. The same key gives the same upload.

    Raises `SameFile` for a file that the supplier has uploaded and not dropped, unless `again` is said.
    """
    if not can_upload(by, supplier):
        raise PermissionDenied
    # One at a time for a supplier, so that a file sent twice at once is noticed too.
    supplier = Organisation.objects.select_for_update(no_key=True).get(pk=supplier.pk)
    if why := why_not_prepare(supplier):
        raise Refused([Reason(why, "file")])
    if sent := sent_before(Upload.objects.filter(supplier=supplier), submission_key):
        return sent
    _, kind = inspect(upload, RETURNS)
    digest = fingerprint(upload)
    upload.seek(0)
    _check_new(supplier, digest, again=again)
    stored = store_file(upload=upload, by=by, intake=RETURNS)
    begun = Upload.objects.create(
        supplier=supplier,
        submission_key=submission_key,
        file=stored,
        name=stored.name,
        sha256=digest,
        format=FORMATS[kind],
        standard=standards.latest().version,
        uploaded_by=by,
        uploaded_at=now,
    )
    record("reporting.upload.begun", target=begun, by=by, new={"name": begun.name, "sha256": digest})
    wake_reader(begun.pk)
    return begun


def _check_new(supplier: Organisation, digest: str, *, again: bool) -> None:
    uploads = Upload.objects.filter(supplier=supplier)
    unread = uploads.filter(state__in=[UploadState.WAITING, UploadState.READING]).count()
    if unread >= MOST_WAITING:
        raise Refused([Reason(f"{unread} of your files are still being read. Wait until one is done", "file")])
    earlier = uploads.filter(sha256=digest).exclude(state=UploadState.DROPPED).order_by("uploaded_at").last()
    if earlier and not again:
        raise SameFile(earlier)


def _locked_upload(upload: Upload, by: User) -> Upload:
    locked = Upload.objects.locked(upload.pk)
    if not can_upload(by, locked.supplier):
        raise PermissionDenied
    return locked


def _move(upload: Upload, to: UploadState) -> None:
    state = upload.get_state_display().lower()
    check_transition(UPLOAD_TRANSITIONS, upload.state, to, f"This file is now: {state}. Nothing can be done with it")
    upload.state = to


# --- Keeping -----------------------------------------------------------------------------------------


@transaction.atomic
def keep_upload(*, upload: Upload, version: int, by: User, now: datetime) -> int:
    """Make the good returns of a file drafts, ready to submit; the others wait. Returns how many were kept.

    A return that was submitted, or written by a colleague, since the file was read is not kept: it says so.
    """
    upload = _locked_upload(upload, by)
    if why := why_not_prepare(upload.supplier):
        raise Refused(why)
    upload.check_version(version)
    _move(upload, UploadState.KEPT)
    good = list(upload.found.filter(state=FoundState.GOOD, filed__isnull=False).order_by("pk"))
    if not good:
        raise Refused("No return in this file can be kept. Mend the file, and upload it again")
    contracts = Return.objects.filter(found_in__in=good).values_list("contract_id", flat=True)
    locked = {contract.pk: contract for contract in Contract.objects.locked_all(set(contracts))}
    kept = sum(_keep(found, locked, by, now) for found in good)
    upload.kept_at = now
    upload.bump_version().save()
    record("reporting.upload.kept", target=upload, by=by, new={"returns": kept})
    return kept


def _keep(found: FoundReturn, contracts: dict[int, Contract], by: User, now: datetime) -> bool:
    filed = Return.objects.locked(found.filed_id)  # type: ignore[arg-type]
    filed.contract = contracts[filed.contract_id]
    if why := _why_not_keep(found, filed):
        found.state, found.why_not = FoundState.BAD, why
        found.save(update_fields=["state", "why_not"])
        FoundRow.objects.filter(found=found).delete()
        return False
    if found.head:
        filed.data = found.head
        filed.is_nil = found.head.get("nil_return") is True
    copy_found_rows(found, filed)
    FoundRow.objects.filter(found=found).delete()
    if filed.state != ReturnState.READY:
        check_transition(RETURN_TRANSITIONS, filed.state, ReturnState.READY, ALREADY_FILED)
        filed.state = ReturnState.READY
    filed.started_at = filed.started_at or now
    filed.bump_version().save()
    record("reporting.return.kept_from_file", target=filed, by=by, new={"file": str(found.upload), "rows": found.rows})
    found.state = FoundState.KEPT
    found.save(update_fields=["state"])
    return True


def _why_not_keep(found: FoundReturn, filed: Return) -> str:
    if filed.contract.supplier_id != found.upload.supplier_id:
        return "Its contract went to another supplier after the file was read. Ask the buyer if that is wrong"
    if filed.state not in UNFILED:
        return "It was submitted after the file was read. Start a correction, then upload the file again"
    if filed.version != found.filed_version:
        return "Somebody changed it here after the file was read. Upload the file again to put its words in place"
    return ""


def submit_kept(*, upload: Upload, by: User, now: datetime) -> int:
    """Submit every return kept from the file that is ready; one with an open question stays. Returns how many.

    Each is a transaction of its own: what stands against one holds up none of the others.
    """
    if not can_upload(by, upload.supplier):
        raise PermissionDenied
    kept = Return.objects.filter(found_in__upload=upload, found_in__state=FoundState.KEPT, state=ReturnState.READY)
    submitted = 0
    refused: list[Refused] = []
    for filed in kept.order_by("contract_id", "period_start").distinct():
        try:
            submit_return(filed=filed, version=filed.version, by=by, now=now)
            submitted += 1
        except Refused as why:
            refused.append(why)
    if refused and not submitted:
        raise refused[0]
    return submitted


@transaction.atomic
def drop_upload(*, upload: Upload, version: int, by: User, now: datetime) -> None:
    """Throw the file away, with all that was read of it and not kept. A worker that reads it stops."""
    upload = _locked_upload(upload, by)
    if upload.state not in (UploadState.WAITING, UploadState.READING):  # whose rows move while they are read
        upload.check_version(version)
    _move(upload, UploadState.DROPPED)
    upload.findings.all().delete()
    upload.found.exclude(state=FoundState.KEPT).delete()
    stored, upload.file = upload.file, None
    upload.finished_at = upload.finished_at or now
    upload.bump_version().save()
    record("reporting.upload.dropped", target=upload, by=by)
    if stored is not None:
        remove_file(stored_file=stored, by=by)
