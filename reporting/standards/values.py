"""From what a cell holds to a value, and back: one reader for the form, the spreadsheets, JSON and the API.

Values are `str`, `datetime.date`, `Decimal`, `int`, `bool`, or None for an empty cell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from reporting.standards.definition import CodeList, Field, Standard, Table

Value = str | date | Decimal | int | bool | None
LARGEST = Decimal(10) ** 14
_MONEY = re.compile(r"[£\s,\u00a0]")
_YES, _NO = {"yes", "y", "true", "1"}, {"no", "n", "false", "0"}
_DAY_FIRST = re.compile(r"(\d{1,2})[/. -](\d{1,2})[/. -](\d{4})")
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udfff]")


class Unfit(Exception):
    """What the cell holds is not what the field asks for; the message says how to mend it."""


def reader(item: Field, codes: CodeList | None) -> Callable[[Any], Value]:
    """A function that reads one cell of this field. It raises `Unfit`; an empty cell is None."""
    read = _READERS[item.type]

    def read_cell(cell: Any) -> Value:
        if cell is None or (isinstance(cell, str) and not cell.strip()):
            return None
        return read(cell, item, codes)

    return read_cell


def _text(cell: Any, item: Field, _codes: CodeList | None) -> str:
    text = _plain(cell)
    text = text.strip() if item.long else " ".join(text.split())
    if _ILLEGAL.search(text):
        raise Unfit("Take out the characters that cannot be shown")
    if item.longest and len(text) > item.longest:
        raise Unfit(f"Use {item.longest:,} characters or fewer; it has {len(text):,}")
    if item.pattern and not re.fullmatch(item.pattern, text):
        raise Unfit(item.help)
    return text


def _plain(cell: Any) -> str:
    """A spreadsheet gives 12 as 12.0; a text that holds only figures is wanted as it looks."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return str(cell)


def _date(cell: Any, _item: Field, _codes: CodeList | None) -> date:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = str(cell).strip()
    try:
        if found := _DAY_FIRST.fullmatch(text):
            day, month, year = map(int, found.groups())
            return _sane(date(year, month, day))
        return _sane(date.fromisoformat(text.removesuffix(" 00:00:00").removesuffix("T00:00:00")))
    except ValueError:
        raise Unfit("Enter a date as day, month and year, for example 31/03/2027") from None


def _sane(day: date) -> date:
    if not 1990 <= day.year <= 2100:
        raise Unfit("Enter a year between 1990 and 2100")
    return day


def _decimal(cell: Any, places: int, what: str) -> Decimal:
    text = _MONEY.sub("", str(cell)) if not isinstance(cell, bool) else "-"
    if text.startswith("(") and text.endswith(")"):
        text = f"-{text[1:-1]}"
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise Unfit(f"Enter {what}, for example 1234.50") from None
    if not number.is_finite() or abs(number) >= LARGEST:
        raise Unfit(f"Enter {what} below 100 trillion")
    if isinstance(cell, float):
        return round(number, places)  # a spreadsheet keeps 0.1 + 0.2 as 0.30000000000000004
    if -int(number.normalize().as_tuple().exponent) > places:
        raise Unfit(f"Use {places} decimal places or fewer" if places else "Enter a whole number")
    return number.quantize(Decimal(1).scaleb(-places))


def _money(cell: Any, item: Field, _codes: CodeList | None) -> Decimal:
    return _within(_decimal(cell, 2, "an amount in pounds"), item)


def _number(cell: Any, item: Field, _codes: CodeList | None) -> Decimal | int:
    number = _within(_decimal(cell, item.decimals, "a number"), item)
    return number if item.decimals else int(number)


def _count(cell: Any, item: Field, _codes: CodeList | None) -> int:
    return int(_within(_decimal(cell, 0, "a whole number"), item))


def _percentage(cell: Any, item: Field, _codes: CodeList | None) -> Decimal:
    text = str(cell).strip()
    return _within(_decimal(text.removesuffix("%") if isinstance(cell, str) else cell, 2, "a percentage"), item)


def _within(number: Decimal, item: Field) -> Decimal:
    least, most = item.least_number, item.most_number
    if least is not None and number < least:
        raise Unfit(f"Enter {least} or more")
    if most is not None and number > most:
        raise Unfit(f"Enter {most} or less")
    return number


def _yesno(cell: Any, _item: Field, _codes: CodeList | None) -> bool:
    text = _plain(cell).strip().lower()
    if text in _YES:
        return True
    if text in _NO:
        return False
    raise Unfit("Enter yes or no")


def _code(cell: Any, _item: Field, codes: CodeList | None) -> str:
    """By its code or by its label, whatever the case."""
    if codes is None:
        raise TypeError("a code is read with its list")
    wanted = " ".join(str(cell).split()).casefold()
    for code, label in codes.values:
        if wanted in (code.casefold(), label.casefold()):
            return code
    raise Unfit(f"Choose one of: {', '.join(label for _, label in codes.values)}")


_READERS: dict[str, Callable[[Any, Field, CodeList | None], Value]] = {
    "text": _text,
    "date": _date,
    "money": _money,
    "number": _number,
    "count": _count,
    "percentage": _percentage,
    "yesno": _yesno,
    "code": _code,
}


def as_json(value: Value) -> Any:
    """As JSON has it: numbers as decimal strings, so that no penny is lost; dates as ISO 8601."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    return value


def as_words(value: Value, item: Field, codes: CodeList | None) -> str:
    """As people read it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if item.type == "code" and codes:
        return codes.labels.get(str(value), str(value))
    if item.type == "money":
        return f"-£{-value:,.2f}" if value < 0 else f"£{value:,.2f}"  # type: ignore[operator]
    if isinstance(value, date):
        return f"{value.day} {value:%B %Y}"
    if isinstance(value, Decimal):
        return f"{value.normalize():,f}" + ("%" if item.type == "percentage" else "")
    return f"{value:,}" if isinstance(value, int) else str(value)


def shown_row(table: Table, standard: Standard, row: Mapping[str, Value]) -> list[tuple[Field, str]]:
    """Each field of a row with its value in words; empty ones are left out."""
    return [
        (item, as_words(row.get(item.name), item, standard.codes.get(item.codes)))
        for item in table.fields
        if row.get(item.name) is not None
    ]
