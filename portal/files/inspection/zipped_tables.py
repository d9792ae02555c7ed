"""A zip with CSV files and nothing else."""

from __future__ import annotations

import tempfile
from typing import BinaryIO

from portal.files import kinds
from portal.files.inspection.archive import Member, read_members, unpack
from portal.files.inspection.office import CONTENT_TYPES
from portal.files.inspection.texts import check_text
from portal.files.inspection.threats import ThreatSearch
from portal.files.inspection.unfit import Unfit

MAX_ASIDE = 1024 * 1024  # bytes, of each file that a Mac adds
MEND = "Put only CSV files into it, one for each table, and choose it again"


def holds_an_office_file(stream: BinaryIO, length: int) -> bool:
    return any(member.name in (CONTENT_TYPES, "mimetype") for member in read_members(stream, length))


def check_zip_of_csv(stream: BinaryIO, length: int) -> kinds.FileKind:
    """Raise `Unfit` for anything in it that is not a table; reads every byte of every member."""
    members = [member for member in read_members(stream, length) if not member.name.endswith("/")]
    tables = [member for member in members if member.name.lower().endswith(".csv") and not _is_aside(member)]
    if not tables:
        raise Unfit("holds no CSV file", MEND)
    for member in members:
        if member in tables:
            _check_table(stream, member)
        elif not _is_aside(member) or member.size > MAX_ASIDE:
            raise Unfit(f"holds ‘{member.name[:60]}’, which is no CSV file", MEND)
        else:
            search = ThreatSearch()
            for piece in unpack(stream, member):
                search.feed(piece)
    return kinds.ZIP_OF_CSV


def _is_aside(member: Member) -> bool:
    """What a Mac adds on its own."""
    return member.name.startswith("__MACOSX/") or member.name.rpartition("/")[2] == ".DS_Store"


def _check_table(stream: BinaryIO, member: Member) -> None:
    search = ThreatSearch()
    with tempfile.TemporaryFile() as copy:
        for piece in unpack(stream, member):
            search.feed(piece)
            copy.write(piece)
        if member.size:
            check_text(copy)
