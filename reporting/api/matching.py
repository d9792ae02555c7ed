"""Which return a filing is of: by its contract number and the first day of its period."""

from __future__ import annotations

from datetime import date

from portal.tokens.models import ApiToken
from reporting.api.access import latest_for, supplied
from reporting.api.cells import Error, Given
from reporting.models import Contract, Return
from reporting.standards import RETURN, latest
from reporting.standards.filing import read_row


def addressed(token: ApiToken, given: Given) -> tuple[Return | None, list[Error]]:
    """The return that it would be filed as; or at which cell the keys are wrong."""
    standard = latest()
    keys = {item.name: given.head.get(item.name) for item in standard.keys}
    odd = [name for name, cell in keys.items() if isinstance(cell, list | dict)]
    if odd:
        return None, [_error(given, name, "Enter text", "Take out what is inside") for name in odd]
    values, unfit = read_row(standard.table(RETURN), standard, keys)
    if unfit:
        return None, [_error(given, item.name, says, says) for item, says in unfit]
    number, start = values.get("contract_id"), values.get("period_start")
    if not isinstance(number, str) or not isinstance(start, date):
        empty = [name for name in ("contract_id", "period_start") if values.get(name) is None]
        return None, [_error(given, name, "This field is missing", "It says which return this is") for name in empty]
    contracts = supplied(token, number)
    if len(contracts) != 1:
        return None, [_no_contract(given, token, contracts)]
    filed = latest_for(contracts[0], start)
    return filed, [] if filed else [_no_return(given, contracts[0])]


def _no_contract(given: Given, token: ApiToken, found: list[Contract]) -> Error:
    if found:
        says = "Two of your contracts, with different buyers, have this number"
        return _error(given, "contract_id", says, "Keep and submit it at the return's own address")
    says = f"{token.organisation} reports on no contract with this number"
    return _error(given, "contract_id", says, "Enter the number as the contract is registered here")


def _no_return(given: Given, contract: Contract) -> Error:
    starts = contract.returns.order_by("-period_start").values_list("period_start", flat=True).distinct()[:6]
    days = ", ".join(day.isoformat() for day in starts)
    says = "No return is due for a period that begins on this day"
    return _error(given, "period_start", says, f"The latest periods begin on: {days}" if days else "None is due yet")


def _error(given: Given, name: str, says: str, mend: str) -> Error:
    place = {"pointer": f"{given.at}/tables/{RETURN}/{name}", "table": RETURN, "row": 1, "field": name}
    return {**place, "value": str(given.head.get(name, ""))[:200], "says": says, "mend": mend}
