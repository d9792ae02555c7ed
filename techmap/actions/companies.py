"""The company register as the bulk file of Companies House has it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from django.db import connection, transaction

from techmap.models import Company


class CompanyRow(NamedTuple):
    """One company of the bulk file, its fields as `Company` has them."""

    number: str
    name: str
    street_address: str = ""
    locality: str = ""
    postal_code: str = ""
    country_name: str = ""
    category: str = ""
    status: str = ""
    incorporated_on: date | None = None
    dissolved_on: date | None = None
    sic_codes: Sequence[str] = ()
    previous_names: Sequence[str] = ()


class Stored(NamedTuple):
    created: int
    updated: int


COMPANIES_LOCK = 0xC0C0  # names the lock by which two imports take turns, batch by batch
_TABLE = Company._meta.db_table
_FIELDS = ", ".join(CompanyRow._fields)
_OLD = ", ".join(f"old.{name}" for name in CompanyRow._fields)
_NEW = ", ".join(f"excluded.{name}" for name in CompanyRow._fields)
# The names in these statements are those of our own fields; no value comes into them.
_MAKE = f"CREATE TEMPORARY TABLE incoming_company ON COMMIT DROP AS SELECT {_FIELDS} FROM {_TABLE} WITH NO DATA"  # noqa: S608
_COPY = f"COPY incoming_company ({_FIELDS}) FROM STDIN"
_UPSERT = f"""
    WITH written AS (
        INSERT INTO {_TABLE} AS old ({_FIELDS}, imported_at)
        SELECT {_FIELDS}, %s FROM incoming_company ORDER BY number
        ON CONFLICT (number) DO UPDATE SET ({_FIELDS}, imported_at) = ({_NEW}, excluded.imported_at)
        WHERE ({_OLD}) IS DISTINCT FROM ({_NEW})
        RETURNING old.xmax = 0 AS is_new
    ) SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM written
"""  # noqa: S608


@transaction.atomic
def store_companies(*, companies: Sequence[CompanyRow], now: datetime) -> Stored:
    """Write companies that are new or differ, in one transaction; each number at most once. Others stay untouched."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [COMPANIES_LOCK])
        cursor.execute(_MAKE)
        with cursor.copy(_COPY) as copy:
            for company in companies:
                copy.write_row(company)
        cursor.execute(_UPSERT, [now])
        created, updated = cursor.fetchone()
        cursor.execute("DROP TABLE incoming_company")
    return Stored(created, updated)
