"""The boxes of a facet. There may be hundreds on a page, so that they are written here and not by a template."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from techmap.search import Option

register = template.Library()
BOX = """
<div class="govuk-checkboxes__item">
<input class="govuk-checkboxes__input" id="{id}" name="{name}" form="search" type="checkbox" value="{value}"{checked}>
<label class="govuk-label govuk-checkboxes__label" for="{id}">{label} <span class="app-secondary">{count}</span></label>
</div>"""


@register.simple_tag
def facet_boxes(name: str, options: Iterable[Option], label: str) -> SafeString:
    """A group of boxes of the search form, each with how many suppliers it would leave."""
    boxes = "".join(
        BOX.format(
            id=f"{name}-{escape(option.value)}",
            name=name,
            value=escape(option.value),
            checked=" checked" if option.is_chosen else "",
            label=escape(option.label),
            count=option.count,
        )
        for option in options
    )
    opening = f'<div class="govuk-checkboxes govuk-checkboxes--small" role="group" aria-label="{escape(label)}">'
    return mark_safe(f"{opening}{boxes}</div>")  # noqa: S308 -- what comes from the database is escaped above
