"""What the pages of pilots need beyond the house's tags."""

from __future__ import annotations

from decimal import Decimal

from django import template

from innovation_den.models.pilots import plain

register = template.Library()


@register.filter
def figure(value: Decimal | None) -> str:
    """A number without the noughts that its column adds."""
    return "" if value is None else plain(value)
