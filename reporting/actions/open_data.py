"""Writes the files of all published contracts. The clock calls it; all of it is public already."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import datetime
from typing import IO, Any

from django.conf import settings
from django.db.models import Q

from portal.open_files import Written, digest_of, swap_files, temporary
from portal.sheets import BOM, csv_lines
from reporting.actions.releases import tell_releases
from reporting.models import Contract, OpenReportFile
from reporting.publication.packages import LICENCE, record_of
from reporting.publication.tables import contract_row, flats, line_rows, return_row, schema
from reporting.queries.public import accepted_of
from reporting.queries.publication import Redacted, redactions_of
from reporting.queries.releases import by_process, contracts_without_releases, offered
from reporting.queries.standards import FrameworkFields

FOLDER = "open-reports"
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

    Memory stays the same however many contracts there are. Where it fails, yesterday's files stay.
    """
    for contract in contracts_without_releases().iterator(chunk_size=AT_ONCE):
        tell_releases(contract=contract, now=now)
    with ExitStack() as stack:
        releases, records, tables = (stack.enter_context(temporary()) for _ in range(3))
        files = [
            _packed("releases.jsonl.gz", releases, offered().values_list("data", flat=True).iterator(chunk_size=500)),
            _packed("records.jsonl.gz", records, map(record_of, by_process())),
            Written("contracts-csv.zip", "application/zip", tables, {"rows": _write_tables(tables)}),
            _constant("tables.schema.json", "application/schema+json", json.dumps(schema(), indent=2)),
            _constant("licence.txt", "text/plain; charset=utf-8", LICENCE_WORDS),
        ]
        return swap_files(OpenReportFile, FOLDER, [*files, _hashes(files)], now=now)


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
        number = 0
        for name, row in _rows():
            sheets[name].write(_line(row))
            number += 1
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
            for name, flat in flats().items():
                _pack(packed, f"{flat.name}.csv", sheets[name])
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


def _rows() -> Iterator[tuple[str, list[Any]]]:
    """Each contract, its accepted returns and their lines, with the name of the table that they belong to."""
    last = 0
    while contracts := list(_contracts().filter(pk__gt=last)[:AT_ONCE]):
        last = contracts[-1].pk
        yield from _rows_of(contracts)


def _contracts() -> Any:
    found = Contract.objects.filter(is_published=True).select_related("buyer", "supplier", "scheme").order_by("pk")
    return found.prefetch_related("buyer__identifiers", "supplier__identifiers")


def _rows_of(contracts: list[Contract]) -> Iterator[tuple[str, list[Any]]]:
    hidden: dict[int, Redacted] = redactions_of(contracts)
    by_pk = {one.pk: one for one in contracts}
    fields = FrameworkFields.named([one.framework for one in contracts])
    for contract in contracts:
        yield "contracts", contract_row(contract, hidden[contract.pk])
    for filed in accepted_of(Q(contract__in=contracts)).iterator(chunk_size=AT_ONCE):
        filed.contract = by_pk[filed.contract_id]
        standard = fields.standard_for(filed.standard, filed.contract.framework, filed.period_start)
        yield "return", return_row(filed, standard, hidden[filed.contract_id])
        yield from line_rows(filed, standard, hidden[filed.contract_id])
