"""What the description of the API (OpenAPI) holds beyond what the views say themselves."""

from __future__ import annotations

from typing import Any

from reporting.standards import RETURN, latest
from reporting.standards.schema import schema_of

Schema = dict[str, Any]
TABLES = "One object of tables, as version {version} of the standard has them. A framework may have added fields."


def with_tables(result: Schema, generator: Any, request: Any, public: bool) -> Schema:
    """Adds the tables of a return, made from the standard: one component a table."""
    standard = latest()
    schemas, whole, draft = result["components"]["schemas"], {}, {}
    for name, table in schema_of(standard)["properties"].items():
        row = dict(table if name == RETURN else table["items"])
        component, needed = f"{name.title().replace('_', '')}Row", row.pop("required", [])
        row.pop("additionalProperties", None)
        schemas[component] = row | {"title": table["title"], "description": table["description"]}
        reference = {"$ref": f"#/components/schemas/{component}"}
        strict = {"allOf": [reference], "required": needed} if needed else reference
        whole[name] = strict if name == RETURN else {"type": "array", "items": strict}
        draft[name] = reference if name == RETURN else {"type": "array", "items": reference}
    words = TABLES.format(version=standard.version)
    schemas["ReturnTables"] = {"type": "object", "description": words, "properties": whole, "required": [RETURN]}
    schemas["DraftTables"] = {"type": "object", "description": f"{words} Fields may be missing.", "properties": draft}
    result["components"]["schemas"] = dict(sorted(schemas.items()))
    return result
