"""Looks an upload over before it is kept."""

from __future__ import annotations

import hashlib
from typing import BinaryIO, cast

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from portal.files.inspection import Unfit, identify
from portal.files.kinds import DOCUMENTS, FileKind, Intake, too_large_text
from portal.files.names import clean_name
from portal.files.uploads import OversizeUpload
from portal.refusals import Refused


def inspect(upload: UploadedFile, intake: Intake = DOCUMENTS) -> tuple[str, FileKind]:
    """The name to show and the type by content. Raises `Refused` with what is wrong and how to mend it.

    To look a large file over takes seconds. What passed is remembered with the upload, so that the form and the
    actions after it look once.
    """
    name = clean_name(upload.name or "")
    size = upload.size or 0
    passed: dict[object, FileKind] = upload.__dict__.setdefault("_passed", {})
    looked_for = (intake, name, size)
    if looked_for in passed:
        upload.seek(0)
        return name, passed[looked_for]
    limit = getattr(settings, intake.limit_setting)
    if isinstance(upload, OversizeUpload) or size > limit:
        raise Refused(too_large_text(name, size, limit))
    try:
        passed[looked_for] = identify(cast(BinaryIO, upload.file), size, name, intake)
    except Unfit as unfit:
        raise Refused(f"‘{name}’ {unfit.what}. {unfit.mend}.") from unfit
    finally:
        upload.seek(0)
    return name, passed[looked_for]


def fingerprint(upload: UploadedFile) -> str:
    """The SHA-256 of the content, read in pieces."""
    digest = hashlib.sha256()
    for piece in upload.chunks():
        digest.update(piece)
    return digest.hexdigest()
