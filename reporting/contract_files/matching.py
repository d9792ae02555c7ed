"""What the words of a file mean here: suppliers, schemes, capabilities, contracts. A query each, not one a row."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.db.models.functions import Lower

from portal.organisations.models import Identifier, Organisation
from reporting.actions.contracts import ContractDetails, wrong_baseline
from reporting.choices import Rhythm
from reporting.contract_files.reading import Read
from reporting.models import Contract, Scheme
from reporting.standards.values import Value
from techmap.models import Capability
from techmap.queries import public_suppliers

CPV = re.compile(r"\d{8}", re.ASCII)
# What a file calls a property of a contract otherwise than the portal.
_COLUMNS = {
    "number": "contract_number",
    "baseline_value": "value",
    "baseline_start": "start",
    "baseline_end": "end",
    "rhythm": "reporting_period",
}


def contracts_in(read: Read, buyer: Organisation) -> dict[int, ContractDetails]:
    """The details of each sound row; what is wrong beside other rows or the portal's data goes to the faults."""
    suppliers = _Suppliers(row["supplier"] for row in read.rows.values())
    schemes = _schemes(buyer)
    capabilities = {str(one.name).casefold(): one for one in Capability.objects.offered()}
    seen: dict[tuple[int, str], int] = {}
    found: dict[int, ContractDetails] = {}
    for number, row in read.rows.items():
        supplier = suppliers.find(number, row["supplier"], read)
        parts = {
            "scheme": _scheme(number, row["scheme"], schemes, read),
            "cpv_codes": _cpv_codes(number, row["cpv_codes"], read),
            "capabilities": _capabilities(number, row["capabilities"], capabilities, read),
        }
        if number in read.bad or supplier is None:
            continue
        details = _details(row, supplier, parts)
        for reason in wrong_baseline(details):
            column = _COLUMNS.get(reason.field or "", reason.field or "")
            read.fault(number, column, row.get(column) or "", reason.message)
        first = seen.setdefault((supplier.pk, details.number), number)
        if first != number:
            read.fault(
                number, "contract_number", details.number, f"Row {first} has this contract already. Take one out"
            )
        if number not in read.bad:
            found[number] = details
    return found


def _details(row: Mapping[str, Value], supplier: Organisation, parts: Mapping[str, Any]) -> ContractDetails:
    return ContractDetails(
        number=str(row["contract_number"]),
        title=str(row["title"]),
        supplier=supplier,
        baseline_start=row["start"],  # type: ignore[arg-type]
        baseline_end=row["end"],  # type: ignore[arg-type]
        baseline_value=row["value"] if isinstance(row["value"], Decimal) else None,
        rhythm=str(row["reporting_period"] or Rhythm.MONTHLY),
        description=str(row["description"] or ""),
        framework=str(row["framework"] or ""),
        lot=str(row["lot"] or ""),
        ocid=str(row["ocid"] or ""),
        **parts,
    )


class _Suppliers:
    """Suppliers that the techmap lists, by the whole of their names or by their numbers."""

    def __init__(self, texts: Iterable[Value]) -> None:
        wanted = {str(text).lower() for text in texts if text}
        self._found: dict[str, set[Organisation]] = defaultdict(set)
        listed = public_suppliers()
        for one in listed.annotate(lower=Lower("name")).filter(lower__in=wanted):
            self._found[one.name.lower()].add(one)
        numbers = Identifier.objects.annotate(lower=Lower("value")).filter(lower__in=wanted, organisation__in=listed)
        by_number: dict[str, set[Organisation]] = defaultdict(set)
        for number in numbers.select_related("organisation"):
            by_number[number.value.lower()].add(number.organisation)
        self._found.update(by_number)

    def find(self, row: int, text: Value, read: Read) -> Organisation | None:
        if not text:
            return None
        found = self._found.get(str(text).lower(), set())
        if len(found) == 1:
            return next(iter(found))
        says = (
            f"Several suppliers are called {text}. Enter the company number instead"
            if found
            else "No supplier is called so. Enter its whole name, or its company number"
        )
        read.fault(row, "supplier", text, says)
        return None


def _schemes(buyer: Organisation) -> dict[str, Scheme]:
    own = Scheme.objects.filter(organisation=buyer).order_by("-pk")
    return {key: one for one in own for key in (one.name.casefold(), one.code.casefold())}


def _scheme(row: int, text: Value, schemes: Mapping[str, Scheme], read: Read) -> Scheme | None:
    if not text:
        return None
    if str(text).casefold() not in schemes:
        read.fault(row, "scheme", text, "You have no scheme of this name. Make the scheme first, or leave it empty")
    return schemes.get(str(text).casefold())


def _cpv_codes(row: int, text: Value, read: Read) -> list[str]:
    codes = [code for code in re.split(r"[\s,;]+", str(text or "")) if code]
    if wrong := next((code for code in codes if not CPV.fullmatch(code)), None):
        read.fault(row, "cpv_codes", wrong, "This is not a CPV code. Enter 8 figures, for example 72212000")
    return codes


def _capabilities(row: int, text: Value, known: Mapping[str, Capability], read: Read) -> list[Capability]:
    names = [" ".join(name.split()) for name in str(text or "").split(";") if name.strip()]
    for name in names:
        if name.casefold() not in known:
            read.fault(row, "capabilities", name, "The techmap has no such capability. Copy the name from there")
    return [known[name.casefold()] for name in names if name.casefold() in known]


def drafts_in(read: Read, buyer: Organisation, number: str) -> Iterator[tuple[int, Contract, dict[str, Value]]]:
    """For milestones and indicators: each sound row with the buyer's draft that it is of. `number` names its own."""
    suppliers = _Suppliers(row["supplier"] for row in read.rows.values())
    wanted = {str(row["contract_number"]) for row in read.rows.values()}
    held = Contract.objects.filter(Q(buyer=buyer, number__in=wanted))
    contracts = {(one.supplier_id, one.number): one for one in held}
    seen: dict[tuple[int, str], int] = {}
    for row, values in read.rows.items():
        supplier = suppliers.find(row, values["supplier"], read)
        if supplier is None or row in read.bad:
            continue
        contract = contracts.get((supplier.pk, str(values["contract_number"])))
        if contract is None:
            says = f"You have no contract of this number with {supplier}. Register the contract first"
            read.fault(row, "contract_number", values["contract_number"], says)
        elif not contract.is_draft:
            says = "The baseline is frozen because the contract is active. Record an amendment instead"
            read.fault(row, "contract_number", values["contract_number"], says)
        elif (first := seen.setdefault((contract.pk, str(values[number])), row)) != row:
            read.fault(row, number, values[number], f"Row {first} has this number already. Take one out")
        else:
            yield row, contract, values
