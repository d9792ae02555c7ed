"""The standard as JSON Schema (draft 2020-12), for files and for the API."""

from __future__ import annotations

import re
from typing import Any

from reporting.standards.definition import RETURN, Field, Standard, Table

_YEARS = r"^(199[0-9]|20[0-9]{2}|2100)-"  # as `reporting.standards.values` reads them
DRAFT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(standard: Standard) -> dict[str, Any]:
    """What one return looks like in JSON: an object of the tables. Checks across fields are not in it."""
    tables = {table.name: _table(table, standard) for table in standard.tables}
    return {
        "$schema": DRAFT,
        "$id": f"urn:threepoint:reporting-standard:{standard.version}" + "".join(map(_part, standard.frameworks)),
        "title": f"{standard.title}, version {standard.version}" + "".join(f", {it}" for it in standard.frameworks),
        "description": standard.summary,
        "type": "object",
        "properties": tables,
        "required": [RETURN],
        "additionalProperties": False,
    }


def _part(framework: str) -> str:
    return ":" + (re.sub(r"[^a-z0-9]+", "-", framework.lower()).strip("-") or "framework")


def _table(table: Table, standard: Standard) -> dict[str, Any]:
    row = {
        "type": "object",
        "properties": {item.name: _field(item, standard) for item in table.fields},
        "required": [item.name for item in table.fields if item.required and not item.unless_nil],
        "additionalProperties": False,
    }
    described = {"title": table.label, "description": table.help}
    return described | (row if table.is_single else {"type": "array", "items": row})


def _field(item: Field, standard: Standard) -> dict[str, Any]:
    schema: dict[str, Any] = {"title": item.label, "description": item.help}
    schema |= _SHAPES[item.type](item, standard)
    if not item.required or item.unless_nil:
        return {**schema, "type": [schema["type"], "null"]} if isinstance(schema.get("type"), str) else _or_null(schema)
    return schema


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    if "enum" in schema:
        return schema | {"enum": [*schema["enum"], None]}
    return schema | {"anyOf": [*schema["anyOf"], {"type": "null"}]}


def _text(item: Field, _standard: Standard) -> dict[str, Any]:
    shape: dict[str, Any] = {"type": "string", "maxLength": item.longest}
    if item.required:
        shape["minLength"] = 1
    return shape | ({"pattern": f"^({item.pattern})$"} if item.pattern else {})


def _decimal(item: Field, _standard: Standard) -> dict[str, Any]:
    """A whole number, or a text with its decimal places: a JSON number with a point may lose a penny."""
    places = {"money": 2, "percentage": 2, "count": 0}.get(item.type, item.decimals)
    limits: dict[str, Any] = {"minimum": int(item.least)} if item.least else {"minimum": -(10**14) + 1}
    limits["maximum"] = int(item.most) if item.most else 10**14 - 1
    whole = {"type": "integer"} | limits
    if places == 0:
        return whole
    return {"anyOf": [whole, {"type": "string", "pattern": _decimal_pattern(item, places)}]}


def _decimal_pattern(item: Field, places: int) -> str:
    """The limits of the standard's decimal fields are 0 below and, for a percentage, 100 above."""
    if item.most == "100":
        return rf"^(100(\.0{{1,{places}}})?|[0-9]{{1,2}}(\.[0-9]{{1,{places}}})?)$"
    sign = "" if item.least else "-?"
    return rf"^{sign}[0-9]{{1,14}}(\.[0-9]{{1,{places}}})?$"


def _code(item: Field, standard: Standard) -> dict[str, Any]:
    return {"enum": [code for code, _ in standard.codes[item.codes].values]}


_SHAPES: dict[str, Any] = {
    "text": _text,
    "date": lambda _item, _standard: {"type": "string", "format": "date", "pattern": _YEARS},
    "money": _decimal,
    "number": _decimal,
    "count": _decimal,
    "percentage": _decimal,
    "yesno": lambda _item, _standard: {"type": "boolean"},
    "code": _code,
}
