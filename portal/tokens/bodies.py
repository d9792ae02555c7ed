"""Reads the body of a request to the API: JSON alone, so large at most, and without anything that would be lost."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.conf import settings
from rest_framework.parsers import BaseParser

from portal.problems import Problem

DEEPEST = 20


class JsonBody(BaseParser):
    """Numbers stay as they were written. Says of the request `body_digest`, the SHA-256 of what was sent."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        limit = settings.API_BODY_LIMIT_BYTES
        sent = stream.read(limit + 1)
        if len(sent) > limit:
            raise Problem(
                "too-large",
                f"The body has more than {limit:,} bytes. Send fewer returns at a time; a file of up to "
                f"{settings.UPLOAD_LIMIT_BYTES:,} bytes can be uploaded in the browser.",
            )
        if parser_context:
            parser_context["request"].body_digest = hashlib.sha256(sent).hexdigest()
        return read_json(sent)


def read_json(sent: bytes) -> Any:
    """The value, with every number that has a point as a Decimal. Raises a problem that says what is wrong."""
    try:
        value = json.loads(
            sent.decode(), parse_float=_decimal, parse_constant=_refuse_constant, object_pairs_hook=_object
        )
    except RecursionError:
        raise _unreadable(f"It is nested more than {DEEPEST} deep.") from None
    except UnicodeDecodeError:
        raise _unreadable("It is not UTF-8.") from None
    except json.JSONDecodeError as error:
        raise _unreadable(f"Line {error.lineno}, column {error.colno}: {error.msg}.") from None
    except ValueError as error:
        raise _unreadable(str(error)) from None
    _check(value)
    return value


def _unreadable(why: str) -> Problem:
    return Problem("not-readable", f"The body is not JSON that can be read. {why}", [{"says": why}])


def _decimal(text: str) -> Decimal:
    if len(text) > 100:
        raise ValueError("A number has more than 100 characters.")
    return Decimal(text)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"The name {name[:60]!r} stands twice in one object.")
        found[name] = value
    return found


def _check(value: Any) -> None:
    """No text that neither the database nor an answer could hold, and nothing nested deeper than any return is."""
    level = [value]
    for _ in range(DEEPEST):
        if not level:
            return
        level = [inner for one in level for inner in _inside(one)]
    raise _unreadable(f"It is nested more than {DEEPEST} deep.")


def _inside(value: Any) -> list[Any]:
    if isinstance(value, str):
        if "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value if letter > "\ud7ff"):
            raise _unreadable("It holds the character U+0000, or half of a pair of surrogates.")
        return []
    if isinstance(value, dict):
        return [*value, *value.values()]
    return value if isinstance(value, list) else []
