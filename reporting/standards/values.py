"""From what a cell holds to a value, and back: one reader for the form, the spreadsheets, JSON and the API.

Values are `str`, `datetime.date`, `Decimal`, `int`, `bool`, or None for an empty cell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from reporting.standards.definition import CodeList, Field, Standard, Table

Value = str | date | Decimal | int | bool | None
Reader = Callable[[Any], Value]
FIRST_DAY = date(1899, 12, 30)  # from which spreadsheets count
LARGEST = Decimal(10) ** 14
_MONEY = re.compile(r"[£\s,\u00a0]")
_FIGURES = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,9})?")  # ASCII alone, as in JSON
_YES, _NO = {"yes", "y", "true", "1"}, {"no", "n", "false", "0"}
_DAY_FIRST = re.compile(r"([0-9]{1,2})[/. -]([0-9]{1,2})[/. -]([0-9]{4})")
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udfff]")


class Unfit(Exception):
    """What the cell holds is not what the field asks for; the message says how to mend it."""


@dataclass(frozen=True)
class Illegible:
    """What stands in a cell that a file's reader could make nothing of, and how to mend it."""

    text: str
    says: str

    def __str__(self) -> str:
        return self.text


def reader(item: Field, codes: CodeList | None) -> Reader:
    """A function that reads one cell of this field. It raises `Unfit`; an empty cell is None.

    Whatever does not depend on the cell is done here, once a column.
    """
    read = _READERS[item.type](item, codes)

    def read_cell(cell: Any) -> Value:
        if isinstance(cell, str):
            return read(cell) if cell.strip() else None
        if cell is None:
            return None
        if isinstance(cell, Illegible):
            raise Unfit(cell.says)
        return read(cell)

    quick = _QUICK.get(item.type)
    return quick(item, codes, read_cell) if quick else read_cell


def _text(item: Field, _codes: CodeList | None) -> Reader:
    is_long, longest = item.long, item.longest
    pattern = re.compile(item.pattern) if item.pattern else None

    def read(cell: Any) -> str:
        text = _plain(cell)
        text = text.strip() if is_long else " ".join(text.split())
        if not text.isprintable() and _ILLEGAL.search(text):
            raise Unfit("Take out the characters that cannot be shown")
        if longest and len(text) > longest:
            raise Unfit(f"Use {longest:,} characters or fewer; it has {len(text):,}")
        if pattern and not pattern.fullmatch(text):
            raise Unfit(item.help)
        return text

    return read


def _plain(cell: Any) -> str:
    """A spreadsheet gives 12 as 12.0; a text that holds only figures is wanted as it looks."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return str(cell)


def _date(_item: Field, _codes: CodeList | None) -> Reader:
    return _read_date


def _read_date(cell: Any) -> date:
    if isinstance(cell, datetime):
        return _sane(cell.date())
    if isinstance(cell, date):
        return _sane(cell)
    if isinstance(cell, int | float) and not isinstance(cell, bool) and 0 < cell < 100_000:
        return _sane(FIRST_DAY + timedelta(days=int(cell)))  # a date in a cell that is formatted as a number
    day = _day(str(cell).strip()[:60])
    if day is None:
        raise Unfit("Enter a date as day, month and year, for example 31/03/2027")
    return _sane(day)


@lru_cache(maxsize=4096)
def _day(text: str) -> date | None:
    """The rows of one file hold few days."""
    try:
        if found := _DAY_FIRST.fullmatch(text):
            day, month, year = map(int, found.groups())
            return date(year, month, day)
        return date.fromisoformat(text.removesuffix(" 00:00:00").removesuffix("T00:00:00"))
    except ValueError:
        return None


def _sane(day: date) -> date:
    if not 1990 <= day.year <= 2100:
        raise Unfit("Enter a year between 1990 and 2100")
    return day


def _decimal(cell: Any, places: int, what: str) -> Decimal:
    text = _MONEY.sub("", str(cell)) if not isinstance(cell, bool) else "-"
    if text.startswith("(") and text.endswith(")"):
        text = f"-{text[1:-1]}"
    if not _FIGURES.fullmatch(text):
        raise Unfit(f"Enter {what}, for example 1234.50")
    # Compared by its exponent: to round a number with a giant one fails.
    number = Decimal(text) or Decimal(0)
    if number.adjusted() >= LARGEST.adjusted():
        raise Unfit(f"Enter {what} below 100 trillion")
    kept = number.quantize(Decimal(1).scaleb(-places))
    # A spreadsheet keeps 0.1 + 0.2 as 0.30000000000000004.
    if kept != number and not isinstance(cell, float):
        raise Unfit(f"Use {places} decimal places or fewer" if places else "Enter a whole number")
    return kept


def _decimals(item: Field, places: int, what: str) -> Reader:
    least, most = item.least_number, item.most_number

    def read(cell: Any) -> Decimal:
        number = _decimal(cell, places, what)
        if least is not None and number < least:
            raise Unfit(f"Enter {least} or more")
        if most is not None and number > most:
            raise Unfit(f"Enter {most} or less")
        return number

    return read


def _money(item: Field, _codes: CodeList | None) -> Reader:
    return _decimals(item, 2, "an amount in pounds")


def _number(item: Field, _codes: CodeList | None) -> Reader:
    read = _decimals(item, item.decimals, "a number")
    return read if item.decimals else lambda cell: int(read(cell))  # type: ignore[arg-type]


def _count(item: Field, _codes: CodeList | None) -> Reader:
    read = _decimals(item, 0, "a whole number")
    return lambda cell: int(read(cell))  # type: ignore[arg-type]


def _percentage(item: Field, _codes: CodeList | None) -> Reader:
    read = _decimals(item, 2, "a percentage")
    return lambda cell: read(cell.strip().removesuffix("%") if isinstance(cell, str) else cell)


def _yesno(_item: Field, _codes: CodeList | None) -> Reader:
    return _read_yesno


def _read_yesno(cell: Any) -> bool:
    text = _plain(cell).strip().lower()
    if text in _YES:
        return True
    if text in _NO:
        return False
    raise Unfit("Enter yes or no")


def _code(_item: Field, codes: CodeList | None) -> Reader:
    """By its code or by its label, whatever the case."""
    if codes is None:
        raise TypeError("a code is read with its list")
    known: dict[str, str] = {}
    for code, label in codes.values:
        known.setdefault(_folded(code), code)
        known.setdefault(_folded(label), code)

    def read(cell: Any) -> str:
        found = known.get(_folded(str(cell)))
        if found is None:
            raise Unfit(f"Choose one of: {', '.join(label for _, label in codes.values)}")
        return found

    return read


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _quick_figure(item: Field, _codes: CodeList | None, careful: Reader) -> Reader:
    """Figures as files mostly have them are read at once, all others with care."""
    places = item.decimals if item.type == "number" else 2
    if not places:
        return careful
    # At most 14 figures before the point: below LARGEST, and whole after `quantize`.
    unit = Decimal(1).scaleb(-places)
    plain = re.compile(rf"-?[0-9]{{1,14}}(?:\.[0-9]{{1,{places}}})?").fullmatch
    least = -LARGEST if item.least_number is None else item.least_number
    most = LARGEST if item.most_number is None else item.most_number

    def read_cell(cell: Any) -> Value:
        kind = type(cell)
        if kind is str or kind is float or kind is int:
            text = str(cell)
            if plain(text):
                number = Decimal(text).quantize(unit)
                if least <= number <= most and (number or text[0] != "-"):  # there is no -0
                    return number
        return careful(cell)

    return read_cell


def _quick_code(_item: Field, codes: CodeList | None, careful: Reader) -> Reader:
    """A code or a label that stands exactly as in the list."""
    exact = {text: read for pair in (codes.values if codes else ()) for text in pair if (read := careful(text))}

    def read_cell(cell: Any) -> Value:
        return (exact.get(cell) if type(cell) is str else None) or careful(cell)

    return read_cell


_READERS: dict[str, Callable[[Field, CodeList | None], Reader]] = {
    "text": _text,
    "date": _date,
    "money": _money,
    "number": _number,
    "count": _count,
    "percentage": _percentage,
    "yesno": _yesno,
    "code": _code,
}
_QUICK: dict[str, Callable[[Field, CodeList | None, Reader], Reader]] = {
    "money": _quick_figure,
    "number": _quick_figure,
    "code": _quick_code,
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
