"""Files of open data: written anew every night, offered under the same name, swapped only when they are whole.

A room has a model of its own that inherits `OpenFile`, and a folder of its own in the storage.
"""

from __future__ import annotations

import hashlib
import tempfile
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any, TypeVar

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import models, transaction
from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import http_date

# Files that no row names any more stay this long, for those who are still taking them.
KEPT = timedelta(days=1)
COPY_AT_ONCE = 1024 * 1024  # bytes


class OpenFile(models.Model):
    """One file as it was last written. Its row is changed when the new file is whole, never before."""

    name = models.CharField(max_length=60, unique=True, help_text="As it is offered; the same every night.")
    path = models.CharField(max_length=200, help_text="Where it lies in the storage; new every night.")
    media_type = models.CharField(max_length=60)
    size = models.PositiveBigIntegerField("size in bytes")
    sha256 = models.CharField("SHA-256", max_length=64)
    made_at = models.DateTimeField()

    class Meta:
        abstract = True
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name


AnyOpenFile = TypeVar("AnyOpenFile", bound=OpenFile)


@dataclass(frozen=True)
class Written:
    """A file that is whole, not yet in the storage. `facts` are the model's own fields."""

    name: str
    media_type: str
    content: IO[bytes]
    facts: dict[str, Any] = field(default_factory=dict)


@contextmanager
def temporary() -> Iterator[IO[bytes]]:
    with tempfile.NamedTemporaryFile(prefix="open-data-") as file:
        yield file


def digest_of(content: IO[bytes]) -> tuple[str, int]:
    """SHA-256 and size, read in pieces; the file stands at its beginning again."""
    content.seek(0)
    digest, size = hashlib.sha256(), 0
    while chunk := content.read(COPY_AT_ONCE):
        digest.update(chunk)
        size += len(chunk)
    content.seek(0)
    return digest.hexdigest(), size


def swap_files(
    model: type[AnyOpenFile],
    folder: str,
    files: Sequence[Written],
    *,
    now: datetime,
    check: Callable[[], None] = lambda: None,
) -> list[AnyOpenFile]:
    """Put every file into the storage and then, in one step, let the rows name the new ones.

    Where it fails, the files of before stay. What no row names any more goes a day later. `check` is called in
    the transaction of that step, before it: it raises where the files are out of date by now.
    """
    stored = [(written, _store(written, folder)) for written in files]
    with transaction.atomic():
        check()
        rows = [_name(model, written, now, **facts) for written, facts in stored]
        model._default_manager.exclude(pk__in=[row.pk for row in rows]).delete()
    _tidy(model, folder, now)
    return rows


def _store(written: Written, folder: str) -> dict[str, Any]:
    sha256, size = digest_of(written.content)
    path = default_storage.save(f"{folder}/{uuid.uuid4().hex}-{written.name}", File(written.content))
    return {"path": path, "size": size, "sha256": sha256}


def _name(model: type[AnyOpenFile], written: Written, now: datetime, **facts: Any) -> AnyOpenFile:
    facts |= {"media_type": written.media_type, "made_at": now, **written.facts}
    return model._default_manager.update_or_create(name=written.name, defaults=facts)[0]


def _tidy(model: type[AnyOpenFile], folder: str, now: datetime) -> None:
    """Take away what earlier nights, or a night that failed, left behind."""
    named = {Path(path).name for path in model._default_manager.values_list("path", flat=True)}
    for name in default_storage.listdir(folder)[1]:
        path = f"{folder}/{name}"
        if name not in named and default_storage.get_modified_time(path) < now - KEPT:
            default_storage.delete(path)


def download(http: HttpRequest, file: OpenFile) -> HttpResponseBase:
    """The file of the last night, always as an attachment, for pages elsewhere too; 304 where the asker has it."""
    etag, written = f'"{file.sha256}"', int(file.made_at.timestamp())
    response: HttpResponseBase = get_conditional_response(http, etag, written) or _attached(file)
    response["Access-Control-Allow-Origin"] = "*"
    response["ETag"] = etag
    response["Last-Modified"] = http_date(written)
    return response


def _attached(file: OpenFile) -> FileResponse:
    try:
        content = default_storage.open(file.path, "rb")
    except FileNotFoundError as missing:
        raise Http404("The file is being written anew.") from missing
    response = FileResponse(content, as_attachment=True, filename=file.name, content_type=file.media_type)
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
