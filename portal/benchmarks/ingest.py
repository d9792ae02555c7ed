"""A file with one return of very many lines: from the stored file to committed rows, with every check on.

Each reading is a process of its own, so that its memory is its own.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, cast

from django.core.files import File
from django.core.files.uploadedfile import UploadedFile
from django.core.management.base import CommandError
from django.db import connection, transaction
from django.utils import timezone
from openpyxl import Workbook

from portal.accounts.models import User
from portal.benchmarks.data import SEED
from portal.benchmarks.database import scratch_database
from portal.benchmarks.frame import Goal, Measure, benchmark
from portal.files.intake import inspect
from portal.files.models import StoredFile
from portal.organisations.choices import Kind, Status
from portal.organisations.models import Organisation
from reporting.choices import ContractState, UploadState
from reporting.models import Contract, FoundReturn, FoundRow, Return, Upload
from reporting.standards import RETURN, latest
from reporting.uploads.intake import RETURNS

REPEATS = 3
NUMBER, FIRST, LAST = "AVC-2026-017", date(2026, 7, 1), date(2026, 7, 31)
ROLES = [f"{grade} {role}" for grade in ("Junior", "Senior", "Lead") for role in ("developer", "designer", "analyst")]
RAW = "raw COPY"
CHILD = "import django; django.setup(); from portal.benchmarks.ingest import read_once; read_once()"
Lines = list[tuple[Any, ...]]


@benchmark("ingest", size=210_000, about="one return of this many lines, read from a file with every check")
def run(size: int) -> list[Measure]:
    if Organisation.objects.exists():
        raise CommandError("This benchmark copies its database: give it an empty one.")
    with scratch_database("ingest") as address, tempfile.TemporaryDirectory() as folder:
        world = _World(Path(folder), address)
        measures, small = [], {}
        lines = list(_lines(size))
        few = lines[: max(1, size // 10)]
        for kind in ("csv", "xlsx"):
            small[kind] = [world.read(world.file(few, kind)) for _ in range(REPEATS)]
            measures += world.measure(lines, kind, small[kind])
        measures += world.measure(_spoilt(lines), "csv", None) + world.measure(_spoilt(lines), "xlsx", None)
        return [world.raw_copy(), *measures]


class _World:
    """A contract with one return due, and the files that are read into it."""

    def __init__(self, folder: Path, address: str) -> None:
        self.folder, self.address = folder, address
        self.raw: list[float] = []
        with transaction.atomic():
            self.person = User.objects.create(email="robin@example.org", name="Robin Hale", password="!")  # noqa: S106
            buyer = Organisation.objects.create(kind=Kind.PUBLIC_BODY, name="Ashford Vale", status=Status.VERIFIED)
            self.supplier = Organisation.objects.create(
                kind=Kind.SUPPLIER, name="Larkspur Systems Ltd", status=Status.VERIFIED
            )
            self._make_return(buyer)

    def _make_return(self, buyer: Organisation) -> None:
        contract = Contract.objects.create(
            number=NUMBER, title="Case management", buyer=buyer, supplier=self.supplier, state=ContractState.ACTIVE,
            baseline_value=Decimal("9999999999"), current_value=Decimal("9999999999"), baseline_start=FIRST,
            baseline_end=FIRST + timedelta(days=364), current_end=FIRST + timedelta(days=364), reports_from=FIRST,
        )  # fmt: skip
        Return.objects.create(
            contract=contract, supplier=self.supplier, period_start=FIRST, period_end=LAST, due_at=timezone.now(),
            standard=latest().version,
        )  # fmt: skip

    def file(self, lines: Lines, kind: str) -> Path:
        path = self.folder / f"returns-{len(lines)}.{'zip' if kind == 'csv' else kind}"
        with path.open("wb") as file:
            _write_zip(file, lines) if kind == "csv" else _write_xlsx(file, lines)
        return path

    def measure(self, lines: Lines, kind: str, small: list[dict[str, Any]] | None) -> list[Measure]:
        """Of a sound file: how fast, beside raw COPY, and how much memory; of a spoilt one: how fast."""
        path = self.file(lines, kind)
        took = [self.read(path) for _ in range(REPEATS)]
        seconds = [one["seconds"] for one in took]
        if small is None:
            name = f"{kind.upper()}, 1 % bad cells"
            return [Measure(name, seconds, yardstick=RAW, goals=[Goal("ratio", 6), Goal("median", 60)])]
        self.raw = self.raw or [self._copy_once() for _ in range(REPEATS)]
        rates = [len(lines) / one for one in seconds]
        goals = [Goal("ratio", 6), Goal("median", 60)]
        few = f"{kind.upper()}, memory, a tenth"
        return [
            Measure(f"{kind.upper()}, looked over", [_look_over(path)]),
            Measure(kind.upper(), seconds, yardstick=RAW, goals=goals),
            Measure(f"{kind.upper()}, rate", rates, unit="rows/s",
                    goals=[Goal("median", 10_000, at_least=True)] if kind == "csv" else []),
            Measure(few, [one["peak"] for one in small], unit="MiB"),
            Measure(f"{kind.upper()}, memory", [one["peak"] for one in took], unit="MiB", yardstick=few,
                    goals=[Goal("median", 300), Goal("ratio", 1.2)]),
        ]  # fmt: skip

    def raw_copy(self) -> Measure:
        return Measure(RAW, self.raw)

    def _copy_once(self) -> float:
        """The rows of the last reading once more, under another return."""
        held = FoundReturn.objects.filter(lines__isnull=False).order_by("-pk").first()
        if held is None:
            raise CommandError("Nothing was read.")
        columns, table = 'found_id, "table", number, sheet_row, data', FoundRow._meta.db_table
        other = FoundReturn.objects.create(upload=held.upload, contract_number="again")
        query = f'SELECT {other.pk}, "table", number, sheet_row, data FROM "{table}" WHERE found_id = {held.pk}'  # noqa: S608
        with connection.cursor() as cursor:
            with cursor.copy(f"COPY ({query}) TO STDOUT") as copy:
                pieces = [bytes(piece) for piece in copy]
            started = time.perf_counter()
            with transaction.atomic(), cursor.copy(f'COPY "{table}" ({columns}) FROM STDIN') as copy:
                for piece in pieces:
                    copy.write(piece)
            took = time.perf_counter() - started
        other.delete()
        return took

    def read(self, path: Path) -> dict[str, Any]:
        """Read it in a process of its own; what was read goes afterwards, but for the last that is whole."""
        upload = self._upload(path)
        environment = os.environ | {"DATABASE_URL": self.address, "DJANGO_SETTINGS_MODULE": "portal.settings"}
        connection.close()
        done = subprocess.run(  # noqa: S603 -- a fixed command
            [sys.executable, "-c", CHILD, str(upload.pk)], env=environment, capture_output=True, text=True, check=False
        )
        upload.refresh_from_db()
        if done.returncode or upload.state != UploadState.CHECKED:
            raise CommandError(f"{path.name} was not read: {upload.failure} {done.stderr[-2000:]}")
        Upload.objects.exclude(pk=upload.pk).delete()
        told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return told

    def _upload(self, path: Path) -> Upload:
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        stored = StoredFile(name=path.name, media_type="", size=len(content), sha256=digest, uploaded_by=self.person)
        stored.content.save(path.name, File(io.BytesIO(content)))
        return Upload.objects.create(
            supplier=self.supplier, file=stored, name=path.name, sha256=digest, format=path.suffix[1:],
            standard=latest().version, uploaded_by=self.person, uploaded_at=timezone.now(),
        )  # fmt: skip


def read_once() -> None:
    """What the other process does: as a worker, one upload. Says how long it took and what memory it came to."""
    from reporting.actions.ingest import read_upload

    connection.ensure_connection()
    started = time.perf_counter()
    read_upload(upload_id=int(sys.argv[1]), now=timezone.now())
    took = time.perf_counter() - started
    status = Path("/proc/self/status").read_text()
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    sys.stdout.write(json.dumps({"seconds": took, "peak": peak / 1024}) + "\n")


def _look_over(path: Path) -> float:
    """Seconds that the web takes to see what the file is."""
    with path.open("rb") as file:
        started = time.perf_counter()
        inspect(UploadedFile(cast(Any, file), path.name, size=path.stat().st_size), RETURNS)
        return time.perf_counter() - started


# --- Files -------------------------------------------------------------------------------------------


def _lines(size: int) -> Iterator[tuple[Any, ...]]:
    draw = random.Random(SEED)  # noqa: S311 -- the same rows each time is what it is for
    for number in range(size):
        price, quantity = Decimal(draw.randint(30_000, 90_000)) / 100, Decimal(draw.randint(1, 400)) / 4
        amount = (price * quantity).quantize(Decimal("0.01"))
        stage, unit = draw.choice(("build", "run")), draw.choice(("day", "month", "each"))
        yield f"{draw.choice(ROLES)}, team {number % 997}", stage, unit, price, quantity, amount


def _spoilt(lines: Lines) -> Lines:
    """One cell in a hundred is wrong, each kind of cell in turn."""
    width, spoilt = len(lines[0]), [list(line) for line in lines]
    for place in range(0, len(lines) * width, 100):
        row, column = divmod(place + place // 100 % width, width)
        if row < len(spoilt):
            spoilt[row][column] = ("", "both", "pound", "ten", "-1", "0.01")[column]
    return [tuple(line) for line in spoilt]


def _head(lines: Lines) -> tuple[Any, ...]:
    total = sum((line[5] for line in lines if isinstance(line[5], Decimal)), Decimal(0))
    return NUMBER, FIRST, LAST, "no", total, total


def _columns(table: str) -> Sequence[str]:
    if table == RETURN:
        return ("contract_id", "period_start", "period_end", "nil_return", "actual_spend", "spend_to_date")
    return [item.name for item in latest().columns(latest().table(table))]


def _write_zip(file: IO[bytes], lines: Lines) -> None:
    import zipfile

    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for table, rows in ((RETURN, [_head(lines)]), ("spend", [(NUMBER, FIRST, *line) for line in lines])):
            text = io.StringIO(newline="")
            csv.writer(text).writerows([_columns(table), *rows])
            archive.writestr(f"{table}.csv", text.getvalue())


def _write_xlsx(file: IO[bytes], lines: Lines) -> None:
    book = Workbook(write_only=True)
    for table, rows in ((RETURN, [_head(lines)]), ("spend", lines)):
        sheet = book.create_sheet(latest().table(table).label)
        sheet.append(list(_columns(table)))
        for row in rows:
            sheet.append(list(row if table == RETURN else (NUMBER, FIRST, *row)))
    book.save(file)
