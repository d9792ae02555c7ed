"""Writes the files of all published contracts. The clock calls it; all of it is public already."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, suppress
from datetime import datetime
from itertools import groupby
from typing import IO, Any

import structlog
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.models import Q

from portal.open_files import Written, digest_of, swap_files, temporary
from portal.sheets import BOM, csv_lines
from reporting.actions.releases import tell_releases
from reporting.models import Contract, OpenReportFile, Publication, Return
from reporting.publication.packages import LICENCE, record_of
from reporting.publication.tables import contract_row, flats, line_rows, return_row, schema
from reporting.queries.public import accepted_of
from reporting.queries.publication import Redacted, narrowing, redactions_of
from reporting.queries.releases import by_process, contracts_without_releases, offered
from reporting.queries.standards import FrameworkFields

logger = structlog.get_logger(__name__)
FOLDER = "open-reports"
BEING_WRITTEN = "open-reports-being-written"
MOST_ATTEMPTS = 3
AT_ONCE = 200  # contracts read together
COPY_AT_ONCE = 1024 * 1024  # bytes
LICENCE_WORDS = f"""Open data of contracts and their returns
=========================================

These files are available under the Open Government Licence v3.0:
{LICENCE}

You may copy, publish, distribute, adapt and use them, for business too. Say where they come from, with a
link to the licence:

    Contains data from {settings.SERVICE_NAME}, licensed under the Open Government Licence v3.0.

The licence does not cover personal data, logos, patents and trade marks. Figures are the suppliers' own, as
their buyers accepted them. What a buyer holds back is said with the reason.
"""


def write_open_files(*, now: datetime) -> list[OpenReportFile]:
    """Write every file anew and then, in one step, let the rows name the new ones.

    Memory stays the same however many contracts there are. Where it fails, the files of before stay. A contract that
    cannot be written is left out and logged: kept, the files of before would go on showing what others take back.
    Where a decision takes something back meanwhile, all is written once more.
    """
    for contract in contracts_without_releases().iterator(chunk_size=AT_ONCE):
        try:
            tell_releases(contract=contract, now=now)
        except Exception:
            logger.exception("reporting.contract_not_told", contract=contract.reference)
    for _ in range(MOST_ATTEMPTS - 1):
        with suppress(OutOfDate):
            return _write_all(now)
    return _write_all(now)


class OutOfDate(Exception):
    """A decision of a buyer takes back, or holds back, what the files show."""


def _write_all(now: datetime) -> list[OpenReportFile]:
    known = narrowing().count()

    def check() -> None:
        """Decisions under way are waited for, and later ones wait for the swap: `withdraw_open_files` sees it."""
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {Publication._meta.db_table} IN SHARE MODE")
        if narrowing().count() != known:
            raise OutOfDate

    with ExitStack() as stack:
        releases, records, tables = (stack.enter_context(temporary()) for _ in range(3))
        files = [
            _packed("releases.jsonl.gz", releases, offered().values_list("data", flat=True).iterator(chunk_size=500)),
            _packed("records.jsonl.gz", records, _records()),
            Written("contracts-csv.zip", "application/zip", tables, {"rows": _write_tables(tables)}),
            _constant("tables.schema.json", "application/schema+json", json.dumps(schema(), indent=2)),
            _constant("licence.txt", "text/plain; charset=utf-8", LICENCE_WORDS),
        ]
        return swap_files(OpenReportFile, FOLDER, [*files, _hashes(files)], now=now, check=check)


def withdraw_open_files() -> None:
    """Offer them no longer, in the transaction of a decision that was just written: they show what it hides.

    The sweep writes them anew.
    """
    OpenReportFile.objects.all().delete()


def sweep_open_files(*, now: datetime) -> bool:
    """Write the files where a decision has withdrawn them, one worker at a time. Returns whether it did."""
    if OpenReportFile.objects.exists() or not cache.add(BEING_WRITTEN, "yes", settings.CELERY_TASK_TIME_LIMIT):
        return False
    try:
        write_open_files(now=now)
    finally:
        cache.delete(BEING_WRITTEN)
    return True


def _records() -> Iterator[dict[str, Any]]:
    for releases in by_process():
        try:
            record = record_of(releases)
        except Exception:
            logger.exception("reporting.record_left_out", ocid=releases[0]["ocid"])
        else:
            yield record


def _packed(name: str, file: IO[bytes], told: Iterable[dict[str, Any]]) -> Written:
    """JSON Lines in gzip, the same bytes for the same releases."""
    number = 0
    with gzip.GzipFile(fileobj=file, mode="wb", mtime=0, filename="") as packed:
        for one in told:
            packed.write(json.dumps(one, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
            number += 1
    return Written(name, "application/gzip", file, {"rows": number})


def _constant(name: str, media_type: str, text: str) -> Written:
    return Written(name, media_type, io.BytesIO(text.encode()), {"rows": None})


def _hashes(files: Iterable[Written]) -> Written:
    """As `sha256sum --check` reads them."""
    lines = "".join(f"{digest_of(file.content)[0]}  {file.name}\n" for file in files)
    return _constant("SHA256SUMS", "text/plain; charset=utf-8", lines)


# --- Flat tables ---------------------------------------------------------------------------------------


def _write_tables(file: IO[bytes]) -> int:
    """Every table as CSV in one zip, each line written as it is read. Returns how many lines there are."""
    with ExitStack() as stack:
        sheets = {name: stack.enter_context(temporary()) for name in flats()}
        for name, flat in flats().items():
            sheets[name].write(BOM.encode() + "".join(csv_lines(flat.headings, [])).encode())
        number = sum(_write_contract(contract, rows, sheets) for contract, rows in _rows())
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
            for name, flat in flats().items():
                _pack(packed, f"{flat.name}.csv", sheets[name])
    return number


def _write_contract(contract: Contract, rows: Iterable[tuple[str, list[Any]]], sheets: Mapping[str, IO[bytes]]) -> int:
    """All of its lines, or none where one cannot be written. Returns how many."""
    before = {name: sheet.tell() for name, sheet in sheets.items()}
    number = 0
    try:
        for name, row in rows:
            sheets[name].write(_line(row))
            number += 1
    except Exception:
        logger.exception("reporting.contract_left_out", contract=contract.reference)
        for name, sheet in sheets.items():
            sheet.seek(before[name])
            sheet.truncate()
        return 0
    return number


def _line(row: list[Any]) -> bytes:
    return list(csv_lines([], [row]))[1].encode()


def _pack(packed: zipfile.ZipFile, name: str, sheet: IO[bytes]) -> None:
    sheet.seek(0)
    entry = zipfile.ZipInfo(name)
    entry.compress_type = zipfile.ZIP_DEFLATED
    with packed.open(entry, "w", force_zip64=True) as member:
        while chunk := sheet.read(COPY_AT_ONCE):
            member.write(chunk)


def _rows() -> Iterator[tuple[Contract, Iterator[tuple[str, list[Any]]]]]:
    """Each contract with its row, its accepted returns and their lines, each with the name of its table."""
    last = 0
    while contracts := list(_contracts().filter(pk__gt=last)[:AT_ONCE]):
        last = contracts[-1].pk
        yield from _rows_of(contracts)


def _contracts() -> Any:
    found = Contract.objects.filter(is_published=True).select_related("buyer", "supplier", "scheme").order_by("pk")
    return found.prefetch_related("buyer__identifiers", "supplier__identifiers")


def _rows_of(contracts: list[Contract]) -> Iterator[tuple[Contract, Iterator[tuple[str, list[Any]]]]]:
    hidden = redactions_of(contracts)
    fields = FrameworkFields.named([one.framework for one in contracts])
    returns = groupby(
        accepted_of(Q(contract__in=contracts)).iterator(chunk_size=AT_ONCE), key=lambda filed: filed.contract_id
    )
    pk, own = next(returns, (0, iter(())))
    for contract in contracts:  # by their pks, as their returns are
        yield contract, _rows_of_one(contract, own if pk == contract.pk else (), hidden[contract.pk], fields)
        if pk == contract.pk:
            pk, own = next(returns, (0, iter(())))


def _rows_of_one(
    contract: Contract, returns: Iterable[Return], hidden: Redacted, fields: FrameworkFields
) -> Iterator[tuple[str, list[Any]]]:
    yield "contracts", contract_row(contract, hidden)
    for filed in returns:
        filed.contract = contract
        standard = fields.standard_for(filed.standard, contract.framework, filed.period_start)
        yield "return", return_row(filed, standard, hidden)
        yield from line_rows(filed, standard, hidden)
