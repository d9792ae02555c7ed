"""Published contracts as flat tables: contracts, returns, and the lines of each table of the standard."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from reporting.models import Contract, Return
from reporting.publication.contracts import ocid_of
from reporting.publication.parties import party_id
from reporting.queries.public import head_of, held_back_list, values_of
from reporting.queries.publication import Redacted
from reporting.standards import RETURN, Standard, Table, latest

Row = list[Any]
HELD_BACK = "held back"

# What every table begins with, so that its rows can be joined to the others.
KEYS = (
    ("ocid", "The contracting process."),
    ("contract_reference", "The contract's reference, as in its address."),
    ("contract_id", "The contract's number, as its parties call it."),
)
CONTRACT = (
    ("title", "What the contract is for."),
    ("buyer_id", "The buyer's list and number (org-id.guide), or the portal's own."),
    ("buyer", "The buyer's name."),
    ("supplier_id", "The main supplier's list and number."),
    ("supplier", "The main supplier's name."),
    ("scheme", "The programme that it belongs to."),
    ("framework", "The framework and lot that it was called off from."),
    ("cpv_codes", "CPV codes, with semicolons."),
    ("state", "active or ended."),
    ("baseline_start", "Start."),
    ("baseline_end", "End, as first agreed."),
    ("current_end", "End, with every amendment."),
    ("baseline_value", "Value in GBP without VAT, as first agreed."),
    ("current_value", "Value in GBP without VAT, with every amendment."),
    ("held_back", "What is held back, and why."),
    ("url", "Its page."),
)
RETURN_ADDS = (
    ("revision", "1 for a first return; higher for a correction."),
    ("accepted_on", "The day on which the buyer accepted it."),
    ("standard", "The version of the reporting standard."),
)


@dataclass(frozen=True)
class Flat:
    """One CSV file: its name, and its columns with what they hold."""

    name: str
    columns: tuple[tuple[str, str], ...]

    @property
    def headings(self) -> list[str]:
        return [name for name, _ in self.columns]


def fields_of(table: Table) -> list[str]:
    return [item.name for item in table.fields if item.name not in ("contract_id", "period_start")]


def flats() -> dict[str, Flat]:
    """Every file by its name: contracts, returns, and one for each further table of the newest version."""
    period = ("period_start", "The first day of the period.")
    found = {"contracts": Flat("contracts", (*KEYS, *CONTRACT))}
    for table in latest().tables:
        told = tuple((item.name, item.help) for item in table.fields if item.name in fields_of(table))
        if table.name == RETURN:
            found[RETURN] = Flat("returns", (*KEYS, period, *RETURN_ADDS, *told))
        else:
            found[table.name] = Flat(f"{table.name}s", (*KEYS, period, ("row", "Its place in the table."), *told))
    return found


def keys(contract: Contract) -> Row:
    return [ocid_of(contract), contract.reference, contract.number]


def contract_row(contract: Contract, redacted: Redacted) -> Row:
    values = [contract.baseline_value, contract.current_value]
    if redacted.hides(RETURN, "current_value"):
        values = [HELD_BACK, HELD_BACK]  # type: ignore[list-item]
    return [
        *keys(contract),
        contract.title,
        party_id(contract.buyer),
        contract.buyer.name,
        party_id(contract.supplier),
        contract.supplier.name,
        contract.scheme.name if contract.scheme else "",
        ", ".join(part for part in (contract.framework, contract.lot) if part),
        "; ".join(contract.cpv_codes),
        contract.state,
        contract.baseline_start,
        contract.baseline_end,
        contract.current_end,
        *values,
        "; ".join(f"{what}: {why}" for what, why in held_back_list(redacted, latest())),
        f"{settings.SITE_URL}{contract.get_absolute_url()}",
    ]


def return_row(filed: Return, standard: Standard, redacted: Redacted) -> Row:
    row = head_of(filed, standard)
    day = filed.decided_at.date() if filed.decided_at else None
    start = [*keys(filed.contract), filed.period_start, filed.revision, day, filed.standard]
    return start + _cells(latest().table(RETURN), row, redacted)  # the columns that every file has


def line_rows(filed: Return, standard: Standard, redacted: Redacted) -> Iterator[tuple[str, Row]]:
    """Each line with the name of its table; read piece by piece, however many there are."""
    start = [*keys(filed.contract), filed.period_start]
    hidden = {table.name for table in standard.tables if redacted.hides(table.name)}
    known = {table.name: table for table in latest().tables}
    lines = filed.lines.order_by("table", "number").values_list("table", "number", "data")
    for name, number, data in lines.iterator(chunk_size=2000):
        if name not in hidden and name in known:
            values = values_of(standard.table(name), standard, data)
            yield name, [*start, number, *_cells(known[name], values, redacted)]


def _cells(table: Table, row: Mapping[str, Any], redacted: Redacted) -> Row:
    """Numbers as they are, so that a credit is no formula; what is held back is said to be."""
    return [HELD_BACK if _is_held(table, name, row, redacted) else row.get(name) for name in fields_of(table)]


def _is_held(table: Table, name: str, row: Mapping[str, Any], redacted: Redacted) -> bool:
    return bool(redacted.hides(table.name, name) or ((table.name, name) == PERSONAL and not row.get("identifier")))


PERSONAL = ("subcontractor", "name")


def schema() -> dict[str, Any]:
    """What the columns of each table hold, as JSON Schema of one row."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Flat tables of published contracts",
        "description": f"One definition for each CSV file. A cell may say “{HELD_BACK}”. Money is GBP without VAT.",
        "$defs": {
            flat.name: {
                "type": "object",
                "properties": {name: {"type": "string", "description": told} for name, told in flat.columns},
                "required": flat.headings,
                "additionalProperties": False,
            }
            for flat in flats().values()
        },
    }
