"""The standard as tables in Markdown, for the documentation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from reporting.standards.definition import Check, Field, Standard, Table

HEADINGS = {
    "row": "within a row",
    "rows": "across the rows of a return",
    "contract": "against the contract",
    "previous": "against the return before",
}


def document(standard: Standard) -> str:
    """Every table with its fields, every code list, every check."""
    lines = [
        f"# The fields of the reporting standard, version {standard.version}",
        "",
        "Made from `standard.toml` by `manage.py document_standard`; do not edit it by hand.",
        f"[reporting-standard.md](reporting-standard.md) says how they are used. {standard.summary}",
    ]
    for table in standard.tables:
        lines += ["", f"## {table.label} (`{table.name}`)", "", table.help, "", *_fields(table, standard)]
    lines += ["", "## Code lists"]
    for codes in standard.codes.values():
        lines += ["", f"### {codes.label} (`{codes.name}`)", "", f"Source: {codes.source}.", ""]
        lines += _grid(("code", "meaning"), ((f"`{code}`", label) for code, label in codes.values))
    lines += ["", "## Checks", "", "An error must be mended; a question may stand with an answer beside it.", ""]
    lines += _grid(("check", "looks", "at", "is", "says"), (_check(check) for check in standard.checks))
    return "\n".join(lines) + "\n"


def _fields(table: Table, standard: Standard) -> Iterator[str]:
    rows = ((f"`{item.name}`", item.label, _type(item, standard), _needed(item), item.help) for item in table.fields)
    return _grid(("field", "heading", "type", "needed", "what to enter"), rows)


def _type(item: Field, standard: Standard) -> str:
    match item.type:
        case "code":
            return f"one of `{standard.codes[item.codes].name}`"
        case "text":
            return f"text, up to {item.longest:,} characters"
        case "yesno":
            return "yes or no"
        case "money":
            return f"{item.unit}, 2 decimal places"
        case "number":
            return f"number, {item.decimals} decimal places" if item.decimals else "whole number"
        case "percentage":
            return "percentage, 0 to 100"
    return item.type


def _needed(item: Field) -> str:
    if not item.required:
        return ""
    return "unless nil" if item.unless_nil else "yes"


def _check(check: Check) -> Sequence[str]:
    return f"`{check.id}`", HEADINGS[check.scope], f"`{check.table}.{check.field}`", check.severity, check.says


def _grid(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(headings)} |"
    yield "|" + "---|" * len(headings)
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"
