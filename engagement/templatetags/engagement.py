"""What the pages of early engagement show of a request."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from engagement.choices import Method, RequestState
from engagement.models import EngagementRequest
from engagement.queries import all_shown
from portal.addresses import address
from portal.govuk.templatetags.govuk import tag_

register = template.Library()

COLOURS = {
    RequestState.DRAFT: "grey",
    RequestState.PUBLISHED: "green",
    RequestState.CLOSED: "blue",
    RequestState.OUTCOME_PUBLISHED: "purple",
    RequestState.WITHDRAWN: "red",
}
GUESSED = SafeString(' <span class="govuk-hint app-chip__note">guessed</span>')


@register.simple_tag
def state_of(request: EngagementRequest, now: datetime) -> RequestState:
    """The state by the clock."""
    return request.state_at(now)


@register.simple_tag
def state_tag(request: EngagementRequest, now: datetime) -> SafeString:
    """The state by the clock in words and colour. A request that is published may open later."""
    state = request.state_at(now)
    if state == RequestState.PUBLISHED and request.opens_at is not None and request.opens_at > now:
        return tag_("Opens later", "yellow")
    return tag_(state.label, COLOURS[state])


register.filter("all_shown", all_shown)


@register.simple_tag
def chips(capabilities: Iterable[dict[str, Any]]) -> SafeString:
    """Each capability a link, from `engagement.queries`. Built here, because a list shows dozens."""
    rows = (
        (address("techmap:capability-detail", item["code"]), item["name"], GUESSED if item["guessed"] else "")
        for item in capabilities
    )
    items = format_html_join("", '<li><a class="app-chip" href="{}">{}</a>{}</li>', rows)
    return format_html('<ul class="app-chips">{}</ul>', items)


@register.filter
def methods(request: EngagementRequest) -> list[str]:
    """The kinds of engagement in words."""
    return [str(Method(method).label) for method in request.methods]
