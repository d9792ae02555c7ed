"""Block tags whose children give rows to a list: the summary list and the task list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import template
from django.template.base import FilterExpression, Node, NodeList, Parser, Token, token_kwargs
from django.template.context import Context
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

ROWS = "_govuk_rows"


def unique_id(context: Context, base: str) -> str:
    """`base`, then `base-2` and so on where a page shows the component again."""
    request = context.get("request")
    if request is None:
        return base
    counts = request.__dict__.setdefault("_govuk_ids", {})
    counts[base] = counts.get(base, 0) + 1
    return base if counts[base] == 1 else f"{base}-{counts[base]}"


def add_row(context: Context, row: dict[str, Any], tag: str) -> str:
    """Give a row to the list around it; the list renders it."""
    rows = context.get(ROWS)
    if rows is None:
        raise template.TemplateSyntaxError(f"{tag} belongs inside its list.")
    rows.append(row)
    return ""


class RowsNode(Node):
    """Renders its children for the rows that they give, then its template with those rows."""

    def __init__(
        self,
        nodelist: NodeList,
        template_name: str,
        arguments: dict[str, FilterExpression],
        finish: Callable[[Context, list[dict[str, Any]]], dict[str, Any]],
    ) -> None:
        self.nodelist, self.template_name, self.arguments, self.finish = nodelist, template_name, arguments, finish

    def render(self, context: Context) -> SafeString:
        rows: list[dict[str, Any]] = []
        with context.push(**{ROWS: rows}):
            self.nodelist.render(context)
        values = {name: expression.resolve(context) for name, expression in self.arguments.items()}
        values |= {"rows": rows} | self.finish(context, rows)
        return render_to_string(self.template_name, values)


def rows_tag(
    template_name: str, finish: Callable[[Context, list[dict[str, Any]]], dict[str, Any]]
) -> Callable[[Parser, Token], RowsNode]:
    """A block tag with keyword arguments that ends at `end<name>`."""

    def compile_tag(parser: Parser, token: Token) -> RowsNode:
        name, *bits = token.split_contents()
        arguments = token_kwargs(bits, parser)
        if bits:
            raise template.TemplateSyntaxError(f"{name} takes only keyword arguments.")
        nodelist = parser.parse((f"end{name}",))
        parser.delete_first_token()
        return RowsNode(nodelist, template_name, arguments, finish)

    return compile_tag
