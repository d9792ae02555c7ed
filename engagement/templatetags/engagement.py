"""What the pages of early engagement show of a request."""

from __future__ import annotations

from datetime import datetime

from django import template

from engagement.choices import Method, RequestState
from engagement.models import EngagementRequest

register = template.Library()


@register.simple_tag
def state_of(request: EngagementRequest, now: datetime) -> RequestState:
    """The state by the clock."""
    return request.state_at(now)


@register.filter
def opens_after(request: EngagementRequest, now: datetime) -> bool:
    """Whether it is published and not open yet."""
    return request.opens_at is not None and request.opens_at > now


@register.filter
def methods(request: EngagementRequest) -> list[str]:
    """The kinds of engagement in words."""
    return [str(Method(method).label) for method in request.methods]
