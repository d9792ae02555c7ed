"""Where malware is kept: a copy that nothing can open or run, for whoever must look into it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import IO

from django.core.files import File
from django.db.models.fields.files import FieldFile

# Every byte is turned round, so that no program, preview or backup scanner meets the real content.
MASK = bytes(255 - byte for byte in range(256))


class _Masked(File):
    """Reads the content turned round. Storage back ends use `chunks` or `read`."""

    file: IO[bytes]

    def read(self, size: int = -1) -> bytes:
        return self.file.read(size).translate(MASK)

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        self.file.seek(0)
        while piece := self.read(chunk_size or self.DEFAULT_CHUNK_SIZE):
            yield piece


def copy_to_quarantine(content: FieldFile) -> str:
    """Write the masked copy and return its path. Masking it again gives the original back."""
    with content.open("rb") as original:
        return content.storage.save(f"quarantine/{uuid.uuid4().hex}", _Masked(original.file))
