"""The API's documentation as a page, made on the server from its own description, so that the two never differ."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from portal.api.examples import EXAMPLES, FILING_TEXT
from portal.problems import KINDS

Schema = Mapping[str, Any]
CHOICE = re.compile(r"^\* `.*$", re.MULTILINE)  # the description says each value of a choice on a line of its own


@dataclass(frozen=True)
class Field:
    """One parameter, or one field of an answer."""

    name: str
    type: str
    description: str
    link: str = ""  # the component that describes it further
    values: tuple[str, ...] = ()
    is_required: bool = False


@dataclass(frozen=True)
class Operation:
    id: str
    method: str
    path: str
    summary: str
    description: str
    parameters: list[Field]
    bodies: list[str]
    answer: str
    scopes: list[str]


@dataclass(frozen=True)
class Component:
    name: str
    description: str
    fields: list[Field]


@require_safe
def documentation(request: HttpRequest) -> HttpResponse:
    schema = description_of_api()
    context = {
        "info": {**schema["info"], "description": plain(schema["info"]["description"])},
        "operations": list(operations(schema)),
        "components": list(components(schema)),
        "examples": EXAMPLES,
        "filing": FILING_TEXT,
        "problems": KINDS.values(),
        "body_limit": settings.API_BODY_LIMIT_BYTES,
    }
    return render(request, "api/documentation.html", context)


@lru_cache(maxsize=1)
def description_of_api() -> dict[str, Any]:
    """OpenAPI, as `/api/v1/schema/` gives it. It changes with the code alone."""
    return SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call,no-any-return]


def plain(text: str) -> str:
    """Paragraphs on a line each, without the marks of Markdown."""
    return re.sub(r"(?<!\n)\n(?!\n)", " ", text.strip()).replace("`", "")


def operations(schema: Schema) -> Iterator[Operation]:
    for path, methods in schema["paths"].items():
        for method, found in methods.items():
            yield Operation(
                id=found["operationId"],
                method=method.upper(),
                path=path,
                summary=found.get("summary", ""),
                description=plain(found.get("description", "")),
                parameters=[_parameter(item) for item in found.get("parameters", [])],
                bodies=_bodies(found.get("requestBody", {}), schema),
                answer=_answer(found["responses"]),
                scopes=[scope for asked in found.get("security", ()) for scope in asked.get("token", ())],
            )


def components(schema: Schema) -> Iterator[Component]:
    """Every kind of object that an answer holds."""
    for name, found in schema["components"]["schemas"].items():
        if "properties" in found:
            needed = found.get("required", [])
            fields = [_field(key, item, schema, key in needed) for key, item in found["properties"].items()]
            yield Component(name, plain(found.get("description", "")), fields)


def _parameter(item: Schema) -> Field:
    kind = item["schema"]
    inner = kind.get("items", kind)
    return Field(
        name=item["name"],
        type="several" if kind.get("type") == "array" else _types(kind),
        description=plain(item.get("description", "")),
        values=tuple(map(str, inner.get("enum", ()))),
        is_required=item.get("required", False),
    )


def _field(name: str, item: Schema, schema: Schema, is_required: bool) -> Field:
    target = _target(item)
    values = [
        str(value)
        for option in _options(item)
        for value in _looked_up(option, schema).get("enum", ())
        if value not in ("", None)
    ]
    is_object = "properties" in schema["components"]["schemas"].get(target, {})
    return Field(
        name=name,
        type=_types(item) if not target else ("list" if item.get("type") == "array" else "text"),
        description=plain(CHOICE.sub("", item.get("description", ""))).strip(),
        link=target if is_object else "",
        values=tuple(values),
        is_required=is_required,
    )


def _options(item: Schema) -> list[Schema]:
    """What a field may be: itself, or one of several."""
    inner = item.get("items", item)
    return list(inner.get("oneOf") or inner.get("allOf") or [inner])


def _looked_up(item: Schema, schema: Schema) -> Schema:
    target = _target(item)
    return schema["components"]["schemas"][target] if target else item  # type: ignore[no-any-return]


def _target(item: Schema) -> str:
    """The component that a field refers to."""
    references = [option["$ref"] for option in _options(item) if "$ref" in option]
    return references[0].rpartition("/")[2] if references else ""


WORDS = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false", "array": "list"}


def _types(item: Schema) -> str:
    found = item.get("type", "object")
    names = found if isinstance(found, list) else [found]
    words = [WORDS.get(name, str(name)) for name in names if name != "null"]
    if item.get("format") in ("date", "uri"):
        words = [str(item["format"])]
    return " or ".join(words) + (", or null" if "null" in names else "")


def _answer(responses: Schema) -> str:
    """The component of a good answer."""
    content = responses.get("200", {}).get("content", {}).get("application/json", {})
    return _target(content.get("schema", {}))


def _bodies(body: Schema, schema: Schema) -> list[str]:
    """The components of what may be sent."""
    sent = body.get("content", {}).get("application/json", {}).get("schema", {})
    target = _target(sent)
    options = schema["components"]["schemas"].get(target, {}).get("oneOf", [sent])
    return [_target(option) for option in options if _target(option)]
