"""The reporting standard as data (`v1/standard.toml` and its later sisters), and all that is made from it."""

from reporting.standards.definition import (
    FOLDER,
    RETURN,
    Check,
    CodeList,
    Field,
    Standard,
    Table,
    Unsound,
    latest,
    load,
    read,
    versions,
)

__all__ = [
    "FOLDER",
    "RETURN",
    "Check",
    "CodeList",
    "Field",
    "Standard",
    "Table",
    "Unsound",
    "latest",
    "load",
    "read",
    "versions",
]
