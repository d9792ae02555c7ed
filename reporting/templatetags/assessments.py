"""What the pages of ratings need beyond the house's tags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

from reporting.queries import assessments

register = template.Library()


@register.filter
def figure(value: Any) -> str:
    """A number without the noughts that its column adds."""
    return assessments.figure(value)


@register.filter(name="of")
def label_of(labels: Mapping[str, str], code: str) -> str:
    """The words for a code; "" where there is none."""
    return labels.get(code, "") if code else ""
