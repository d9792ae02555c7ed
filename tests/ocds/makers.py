"""Makers of fictional releases, and of files that hold them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from portal.ocds.importers import IMPORTERS
from portal.ocds.importing import Result, import_releases
from portal.ocds.reader import Entry, read_releases

NOW = datetime(2025, 6, 2, 9, 0, tzinfo=UTC)
BUYER = "GB-PPON-PABC-1234-DEFG"
SUPPLIER = "GB-COH-01234567"


def make_party(id: Any = BUYER, name: Any = "Ashford Vale Council", role: str = "buyer", **fields: Any) -> dict:
    address = {"streetAddress": "1 High Street", "locality": "Ashford Vale", "postalCode": "AV1 2BC"}
    return {"id": id, "name": name, "roles": [role], "address": address} | fields


def make_supplier_party(id: Any = SUPPLIER, name: Any = "Larkspur Systems Ltd", **fields: Any) -> dict:
    return make_party(id, name, "supplier", **{"details": {"scale": "sme"}} | fields)


def make_release(number: int = 1, *, tag: str = "tender", **fields: Any) -> dict:
    """A sound release of a buyer's tender."""
    return {
        "ocid": f"ocds-test01-{number:04}",
        "id": f"notice-{number:04}-1",
        "date": "2025-05-12T09:30:00Z",
        "tag": [tag],
        "parties": [make_party()],
        "buyer": {"id": BUYER, "name": "Ashford Vale Council"},
        "tender": {"title": "Case work system", "description": "We need a system for planning cases."},
        **fields,
    }


def make_notice(number: int = 1, *, due: Any = "2025-07-01T17:00:00Z", **fields: Any) -> dict:
    """A release that announces early engagement."""
    release = make_release(number, tag="planning")
    release["planning"] = {
        "milestones": [
            {"id": "1", "type": "engagement", "description": "Two round tables and a form.", "dueDate": due}
        ],
        "documents": [
            {
                "id": "1",
                "documentType": "marketEngagementNotice",
                "url": f"https://notices.example/{number}",
                "datePublished": "2025-05-12T09:00:00Z",
            }
        ],
    }
    release["tender"] |= {
        "classification": {"scheme": "CPV", "id": "48000000"},
        "items": [{"id": "1", "deliveryAddresses": [{"region": "South West"}]}],
        "value": {"amount": 250000, "currency": "GBP"},
        "minValue": {"amount": 100000.5, "currency": "GBP"},
        "contractPeriod": {"startDate": "2025-10-01T00:00:00+01:00", "endDate": "2027-09-30T23:59:59+01:00"},
    }
    return release | fields


def make_award(number: int = 1, *, suppliers: Iterable[dict] = (), **fields: Any) -> dict:
    suppliers = list(suppliers) or [make_supplier_party()]
    award = {
        "id": "1",
        "status": "active",
        "date": "2025-04-01T00:00:00Z",
        "suppliers": [{"id": party["id"], "name": party["name"]} for party in suppliers],
        "documents": [{"documentType": "awardNotice", "url": f"https://notices.example/award/{number}"}],
    }
    release = make_release(number, tag="award", awards=[award | fields])
    release["parties"] = [make_party(), *suppliers]
    return release


def make_package(*releases: Any) -> dict:
    return {"uri": "https://notices.example/package", "version": "1.1", "releases": list(releases)}


def import_all(*releases: Any, now: datetime = NOW) -> list[Result]:
    entries = [Entry(number, release) for number, release in enumerate(releases, 1)]
    return list(import_releases(entries, importers=IMPORTERS, now=now))


def import_file(path: Path, now: datetime = NOW) -> list[Result]:
    return list(import_releases_of(path, now=now))


def import_releases_of(
    path: Path, progress: Callable[[int], None] = lambda size: None, now: datetime = NOW
) -> Iterator[Result]:
    return import_releases(read_releases(str(path), progress), importers=IMPORTERS, now=now)


def write(path: Path, content: Any) -> Path:
    """Bytes and text as they are; anything else as JSON."""
    if not isinstance(content, str | bytes):
        content = json.dumps(content)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def reasons(result: Result) -> list[str]:
    return [problem.reason for problem in result.problems]


def details(result: Result) -> str:
    return "\n".join(problem.detail for problem in result.problems)
