"""Taking uploads in: trust row 14."""

from __future__ import annotations

import gc
import io
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from django import forms
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.uploadedfile import UploadedFile
from django.core.handlers.wsgi import WSGIRequest
from django.http import UnreadablePostError
from django.test import RequestFactory
from pytest_django.fixtures import Settings

from portal.files.forms import UploadField
from portal.files.uploads import OversizeUpload
from tests.files import samples

BOUNDARY = "the-boundary"
OPENED: list[WSGIRequest] = []


class OneFile(forms.Form):
    document = UploadField()


class ManyFiles(forms.Form):
    documents = UploadField(multiple=True, max_files=3, required=False)


class Body(io.RawIOBase):
    """A multipart body of any size, made as it is read; may break off as a lost connection does."""

    def __init__(self, size: int, *, name: str = "big.txt", breaks_at: int | None = None) -> None:
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="document"; filename="{name}"\r\n\r\n'.encode()
        tail = f"\r\n--{BOUNDARY}--\r\n".encode()
        self.length = len(head) + size + len(tail)
        self._parts = self._make(head, size, tail)
        self._left = b""
        self._read = 0
        self._breaks_at = breaks_at

    @staticmethod
    def _make(head: bytes, size: int, tail: bytes) -> Iterator[bytes]:
        yield head
        block = b"x" * 65536
        while size > 0:
            yield block[:size]
            size -= len(block)
        yield tail

    def read(self, size: int = -1) -> bytes:
        if self._breaks_at is not None and self._read >= self._breaks_at:
            raise ConnectionResetError
        while len(self._left) < size and (part := next(self._parts, b"")):
            self._left += part
        piece, self._left = self._left[:size], self._left[size:]
        self._read += len(piece)
        return piece


def post(body: Body) -> WSGIRequest:
    request = RequestFactory().post("/", content_type=f"multipart/form-data; boundary={BOUNDARY}", data=b"-")
    environ = {**request.environ, "wsgi.input": body, "CONTENT_LENGTH": str(body.length)}
    return _closed_later(WSGIRequest(environ))


def post_files(*uploads: UploadedFile) -> WSGIRequest:
    return _closed_later(RequestFactory().post("/", {"documents": list(uploads)}))


def _closed_later(request: WSGIRequest) -> WSGIRequest:
    OPENED.append(request)
    return request


def open_temporary_files(folder: Path) -> list[Path]:
    """What this process holds open in the folder, nameless files too."""
    links = [link for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
    return [link for link in links if str(folder) in str(link.readlink())]


@pytest.fixture
def temporary(tmp_path: Path, settings: Settings) -> Iterator[Path]:
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    settings.UPLOAD_LIMIT_BYTES = 1024 * 1024
    yield tmp_path
    while OPENED:
        OPENED.pop().close()


def test_upload_at_the_limit(temporary: Path) -> None:
    request = post(Body(1024 * 1024))

    form = OneFile({}, request.FILES)

    assert form.is_valid()
    assert form.cleaned_data["document"].size == 1024 * 1024
    assert form.cleaned_data["document"].read() == b"x" * 1024 * 1024


def test_upload_one_byte_over(temporary: Path) -> None:
    request = post(Body(1024 * 1024 + 1))

    form = OneFile({}, request.FILES)

    assert form.errors["document"] == [
        "‘big.txt’ is 1 MB (1,048,577 bytes). The largest file we can take is 1 MB (1,048,576 bytes). "
        "Make it smaller or split it."
    ]
    assert list(temporary.iterdir()) == []
    assert open_temporary_files(temporary) == []


def test_upload_far_over_says_its_size(temporary: Path) -> None:
    form = OneFile({}, post(Body(7 * 1024 * 1024 + 512 * 1024)).FILES)

    assert form.errors["document"] == [
        "‘big.txt’ is 7.5 MB. The largest file we can take is 1 MB. Make it smaller or split it."
    ]


def test_upload_memory_and_disk_stay_bounded(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    process = psutil.Process()
    before = process.memory_info().rss
    peak = 0
    largest = 0
    real_read = Body.read

    def watching(self: Body, size: int = -1) -> bytes:
        nonlocal peak, largest
        peak = max(peak, process.memory_info().rss)
        largest = max([largest, *(link.stat().st_size for link in open_temporary_files(temporary))])
        return real_read(self, size)

    monkeypatch.setattr(Body, "read", watching)
    upload = post(Body(300 * 1024 * 1024)).FILES["document"]

    assert upload.size == 300 * 1024 * 1024
    assert peak - before < 50 * 1024 * 1024
    assert largest <= 1024 * 1024


def test_upload_content_never_has_a_name(temporary: Path) -> None:
    """Nothing to clean up even where the process is killed: the file has no name while it is open."""
    request = post(Body(1000))
    upload = request.FILES["document"]

    assert list(temporary.iterdir()) == []
    assert len(open_temporary_files(temporary)) == 1
    assert not upload.closed

    request.close()
    assert open_temporary_files(temporary) == []


@pytest.mark.parametrize("size", [200_000, 4 * 1024 * 1024])
def test_upload_broken_off(temporary: Path, size: int) -> None:
    request = post(Body(size, breaks_at=size // 2))

    with pytest.raises(UnreadablePostError):
        _ = request.FILES

    assert list(temporary.iterdir()) == []
    OPENED.clear()
    del request
    gc.collect()
    assert open_temporary_files(temporary) == []


def test_upload_cut_short(temporary: Path) -> None:
    """The body ends before its boundary: the half file is not taken for a whole one."""
    body = Body(200_000)
    request = post(body)
    request = WSGIRequest({**request.environ, "CONTENT_LENGTH": "100000"})

    assert dict(request.FILES) == {}
    assert open_temporary_files(temporary) == []


def test_several_uploads_one_too_large(temporary: Path) -> None:
    files = [
        samples.upload(),
        samples.upload(b"x" * (1024 * 1024 + 1), "big.csv"),
        samples.upload(samples.pdf(), "a.pdf"),
    ]
    request = post_files(*files)

    form = ManyFiles({}, request.FILES)

    assert form.errors["documents"] == [
        "‘big.csv’ is 1 MB (1,048,577 bytes). The largest file we can take is 1 MB (1,048,576 bytes). "
        "Make it smaller or split it."
    ]


def test_several_uploads_each_fault_is_told(temporary: Path) -> None:
    files = [samples.upload(samples.PROGRAM, "a.pdf"), samples.upload(b"", "b.txt"), samples.upload()]
    request = post_files(*files)

    form = ManyFiles({}, request.FILES)

    assert [message.split(" is ")[0] for message in form.errors["documents"]] == ["‘a.pdf’", "‘b.txt’"]


def test_several_uploads(temporary: Path) -> None:
    request = post_files(samples.upload(), samples.upload(samples.png(), "a.png"))

    form = ManyFiles({}, request.FILES)

    assert form.is_valid()
    assert [upload.name for upload in form.cleaned_data["documents"]] == ["notes.txt", "a.png"]


def test_too_many_uploads(temporary: Path) -> None:
    request = post_files(*[samples.upload() for _ in range(4)])

    assert ManyFiles({}, request.FILES).errors["documents"] == ["You chose 4 files. Choose 3 at most."]


def test_upload_field_empty() -> None:
    assert OneFile({}, {}).errors["document"] == ["Choose a file"]
    assert ManyFiles({}, {}).is_valid()


def test_upload_field_without_multipart() -> None:
    class Field(UploadField):
        pass

    with pytest.raises(forms.ValidationError, match="The form came without its files"):
        Field().clean("plan.pdf")


def test_upload_field_says_what_it_takes(settings: Settings) -> None:
    settings.UPLOAD_LIMIT_BYTES = 20 * 1024 * 1024

    html = str(ManyFiles()["documents"])

    assert "multiple" in html
    assert 'accept=".pdf,.docx,' in html
    assert UploadField(multiple=True).help_text == (
        "Up to 10 files, each PDF, DOCX, XLSX, PPTX, ODT, ODS, CSV, TXT, PNG or JPEG and no larger than 20 MB."
    )


def test_oversize_upload_cannot_be_read() -> None:
    """A form without UploadField must fail loudly, never take an empty file for the real one."""
    upload: UploadedFile = OversizeUpload(io.BytesIO(), "big.pdf", "", 30_000_000)

    with pytest.raises(SuspiciousFileOperation):
        upload.read()
    with pytest.raises(SuspiciousFileOperation):
        list(upload.chunks())
