"""Template tags of the design system, loaded in every template; docs/design.md shows each."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms.widgets import CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.template.context import Context
from django.template.loader import render_to_string
from django.utils.html import conditional_escape, format_html, linebreaks
from django.utils.safestring import SafeString, mark_safe

from portal.govuk import formats
from portal.govuk.errors import collect_errors
from portal.govuk.kept import drawn
from portal.govuk.nodes import add_row, rows_tag, unique_id

register = template.Library()

register.filter("money", formats.money)
register.filter("when", formats.when)
register.filter("day", formats.day)
register.filter("clock", formats.clock)
register.filter("browser", formats.browser)


@register.filter
def paragraphs(text: str | None) -> SafeString:
    """Plain text as paragraphs: an empty line parts them, a single line end breaks the line."""
    html = linebreaks((text or "").strip(), autoescape=True) if text and text.strip() else ""
    return mark_safe(html.replace("<p>", '<p class="govuk-body">'))  # noqa: S308 -- linebreaks has escaped it


# --- Buttons and links -------------------------------------------------------------------------


@register.inclusion_tag("govuk/button.html")
def button(text: str, variant: str = "", name: str = "", value: str = "", **attributes: str) -> dict[str, Any]:
    """A submit button. Further keyword arguments become attributes: `formaction`, `id`."""
    return {"text": text, "variant": variant, "name": name, "value": value, "attributes": attributes}


@register.inclusion_tag("govuk/button_link.html")
def button_link(url: str, text: str, variant: str = "") -> dict[str, Any]:
    return {"url": url, "text": text, "variant": variant}


@register.inclusion_tag("govuk/back_link.html")
def back_link(url: str, text: str = "Back") -> dict[str, Any]:
    return {"url": url, "text": text}


@register.inclusion_tag("govuk/breadcrumbs.html")
def breadcrumbs(*pairs: str) -> dict[str, Any]:
    """Pairs of words and address; the last page may stand without its address."""
    texts, urls = pairs[::2], [*pairs[1::2], ""]
    return {"items": list(zip(texts, urls, strict=False))}


@register.inclusion_tag("govuk/pagination.html", takes_context=True)
def pagination(context: Context, page: Page[Any]) -> dict[str, Any]:
    """Links to the pages of a list that keep the rest of the query. Nothing where one page holds all."""
    request = context.get("request")

    def url(number: int) -> str:
        query = request.GET.copy() if request else None
        if query is None:
            return f"?page={number}"
        query["page"] = str(number)
        return f"?{query.urlencode()}"

    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    items = [
        {"number": number, "url": url(number), "current": number == page.number} if isinstance(number, int) else {}
        for number in numbers
    ]
    return {
        "items": items if page.paginator.num_pages > 1 else [],
        "previous": url(page.previous_page_number()) if page.has_previous() else "",
        "next": url(page.next_page_number()) if page.has_next() else "",
    }


# --- What a page says ----------------------------------------------------------------------------


@register.simple_tag(name="tag")
def tag_(text: str, colour: str = "") -> SafeString:
    """Built without a template, because a list shows dozens."""
    return format_html('<strong class="govuk-tag{}">{}</strong>', f" govuk-tag--{colour}" if colour else "", text)


@register.inclusion_tag("govuk/warning_text.html")
def warning_text(text: str) -> dict[str, Any]:
    return {"text": text}


@register.inclusion_tag("govuk/panel.html")
def panel(title: str, body: str = "") -> dict[str, Any]:
    return {"title": title, "body": body}


@register.simple_block_tag
def inset(content: str) -> SafeString:
    return render_to_string("govuk/inset.html", {"content": content})


@register.simple_block_tag
def details(content: str, summary: str, open: bool = False) -> SafeString:
    return render_to_string("govuk/details.html", {"content": content, "summary": summary, "open": open})


@register.simple_block_tag(takes_context=True)
def notification(context: Context, content: str, title: str = "", type: str = "") -> SafeString:
    """A notification banner; `type="success"` is read out at once and takes focus."""
    success = type == "success"
    values = {
        "content": content,
        "title": title or ("Success" if success else "Important"),
        "success": success,
        "title_id": unique_id(context, "govuk-notification-banner-title"),
    }
    return render_to_string("govuk/notification.html", values)


# --- Lists of rows -------------------------------------------------------------------------------


def _finish_summary(context: Context, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"any_action": any(row["url"] for row in rows)}


def _finish_tasks(context: Context, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"id_prefix": unique_id(context, "task-list")}


register.tag("summary_list", rows_tag("govuk/summary_list.html", _finish_summary))
register.tag("task_list", rows_tag("govuk/task_list.html", _finish_tasks))


@register.simple_tag(takes_context=True)
def summary_row(
    context: Context, key: str, value: Any = "", change_url: str = "", hidden: str = "", action: str = "Change"
) -> str:
    """One row. An empty value says so; line ends of plain text are kept."""
    text = conditional_escape("" if value is None else value)
    if not isinstance(value, SafeString):
        text = mark_safe(text.replace("\r\n", "\n").replace("\n", "<br>"))  # noqa: S308 -- escaped above
    row = {"key": key, "value": text, "url": change_url, "hidden": hidden or key.lower(), "action": action}
    return add_row(context, row, "summary_row")


@register.simple_block_tag(takes_context=True)
def summary_block(
    context: Context, content: str, key: str, change_url: str = "", hidden: str = "", action: str = "Change"
) -> str:
    """One row whose value is HTML."""
    row = {"key": key, "value": content, "url": change_url, "hidden": hidden or key.lower(), "action": action}
    return add_row(context, row, "summary_block")


@register.simple_tag(takes_context=True)
def task(context: Context, title: str, url: str = "", status: str = "", colour: str = "", hint: str = "") -> str:
    """One task. A status without a colour is plain text; a task without an address can't start yet."""
    row = {"title": title, "url": url, "status": status, "colour": colour, "hint": hint}
    return add_row(context, row, "task")


# --- Forms -----------------------------------------------------------------------------------------


@register.inclusion_tag("govuk/error_summary.html")
def error_summary(form: Any = None, reasons: Iterable[Any] = ()) -> dict[str, Any]:
    """The box at the top of a page that failed; nothing where all is well."""
    return {"errors": collect_errors(form, reasons)}


@register.simple_tag
def error_prefix(form: Any = None, reasons: Iterable[Any] = ()) -> str:
    """`Error: ` before the title of a page that failed."""
    return "Error: " if collect_errors(form, reasons) else ""


@register.inclusion_tag("govuk/filters.html", takes_context=True)
def filters(context: Context, filterset: Any, text: str = "Apply filters") -> dict[str, Any]:
    """A panel that filters the list on this page by GET."""
    request = context.get("request")
    form = getattr(filterset, "form", filterset)
    for field in form.fields.values():
        if isinstance(field.widget, CheckboxInput | CheckboxSelectMultiple):
            field.widget.attrs["class"] = "govuk-checkboxes--small"
        elif isinstance(field.widget, RadioSelect):
            field.widget.attrs["class"] = "govuk-radios--small"
    active = bool(request and any(value for key, value in request.GET.items() if key != "page"))
    return {"form": form, "path": request.path if request else "", "active": active, "text": text}


register.simple_tag(drawn, name="drawn")


@register.simple_tag
def select_options(groups: Iterable[tuple[str | None, list[dict[str, Any]], int]]) -> SafeString:
    """What a select holds. It may be hundreds of options, and a template takes ten times as long over each."""
    parts = []
    for name, options, _ in groups:
        if name:
            parts += [format_html('<optgroup label="{}">', name), *map(_option, options), "</optgroup>"]
        else:
            parts += map(_option, options)
    return mark_safe("\n".join(parts))  # noqa: S308 -- each part is escaped


def _option(option: dict[str, Any]) -> str:
    label = "Choose" if option["label"] == "---------" else option["label"]
    attrs = attributes(option["attrs"]) if option["attrs"] else ""
    return f'<option value="{conditional_escape(option["value"])}"{attrs}>{conditional_escape(label)}</option>'


@register.simple_tag
def attributes(values: dict[str, Any] | None) -> SafeString:
    """HTML attributes from a mapping; True stands alone, False and None are left out."""
    parts = []
    for name, value in (values or {}).items():
        name = re.sub(r"_", "-", name)
        if value is True:
            parts.append(format_html(" {}", name))
        elif value is not None and value is not False:
            parts.append(format_html(' {}="{}"', name, value))
    return mark_safe("".join(parts))  # noqa: S308 -- format_html has escaped each
