"""Takes uploads in, no further than the limit."""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

View = TypeVar("View", bound=Callable[..., Any])


def takes_uploads_up_to(setting: str) -> Callable[[View], View]:
    """A view that takes larger files than the others: names the setting with their limit. Put it outermost."""

    def mark(view: View) -> View:
        view.upload_limit_setting = setting  # type: ignore[attr-defined]
        return view

    return mark


class OversizeUpload(UploadedFile):
    """Stands for a file that went over the limit. Its size is true; its content was thrown away."""

    def _refuse(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise SuspiciousFileOperation("A file over the size limit was read. Take uploads in with UploadField.")

    read = chunks = open = readlines = __iter__ = _refuse  # type: ignore[assignment]


class LimitedUploadHandler(FileUploadHandler):
    """Writes each file to a nameless temporary file, and stops writing at the limit.

    The temporary file has no name on the disk, so that a broken-off upload leaves nothing, even
    where the process is killed. What comes after the limit is read, counted and dropped, so that
    the form can say how large the file was.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.received = 0
        self.limit = self._limit()
        self.file = tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR)  # noqa: SIM115 - closed by the request
        self._on_loss = weakref.finalize(self, self.file.close)  # where the connection breaks, nobody else does

    def _limit(self) -> int:
        """The limit of the view that answers; the general one where it names none."""
        match = getattr(self.request, "resolver_match", None)
        limit: int = getattr(settings, getattr(match and match.func, "upload_limit_setting", "UPLOAD_LIMIT_BYTES"))
        return limit

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.received += len(raw_data)
        if self.received <= self.limit:
            self.file.write(raw_data)
        elif not self.file.closed:
            self.file.close()

    def file_complete(self, file_size: int) -> UploadedFile:
        self._on_loss.detach()
        kind = OversizeUpload if self.file.closed else UploadedFile
        if not self.file.closed:
            self.file.seek(0)
        return kind(self.file, self.file_name, self.content_type, self.received, self.charset, self.content_type_extra)

    def upload_interrupted(self) -> None:
        self.file.close()
