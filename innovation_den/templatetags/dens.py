"""What the pages of the dens show of a den and a pitch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from innovation_den.choices import DenState, PitchState, RoomFeature
from innovation_den.eligibility import Check
from innovation_den.models import Den, Pitch
from portal.addresses import address
from portal.govuk.templatetags.govuk import tag_
from portal.organisations.choices import Size
from portal.records import Region

register = template.Library()

COLOURS: Mapping[str, str] = {
    DenState.DRAFT: "grey",
    DenState.OPEN: "green",
    DenState.SCREENING: "blue",
    DenState.SCHEDULING: "blue",
    DenState.ON_THE_DAY: "turquoise",
    DenState.DECIDING: "blue",
    DenState.DECIDED: "purple",
    DenState.ARCHIVED: "grey",
}
PITCH_COLOURS: Mapping[str, str] = {
    PitchState.DRAFT: "grey",
    PitchState.SUBMITTED: "blue",
    PitchState.WITHDRAWN: "grey",
    PitchState.ACCEPTED: "green",
    PitchState.REJECTED: "red",
}


@register.simple_tag
def den_tag(den: Den, now: datetime) -> SafeString:
    """The state by the clock in words and colour."""
    if den.is_called_off:
        return tag_("Called off", "red")
    state = den.state_at(now)
    if state == DenState.OPEN and den.opens_at is not None and den.opens_at > now:
        return tag_("Opens later", "yellow")
    return tag_(str(state.label), COLOURS[state])


@register.simple_tag
def pitch_tag(pitch: Pitch) -> SafeString:
    if pitch.drop_out_reason:
        return tag_("Dropped out", "orange")
    return tag_(pitch.get_state_display(), PITCH_COLOURS[pitch.state])


@register.simple_tag
def check_tag(check: Check) -> SafeString:
    """How one rule of eligibility stands."""
    if check.ok is None:
        return tag_("To answer", "blue")
    return tag_("Met", "green") if check.ok else tag_("Not met", "red")


@register.simple_tag
def themes(capabilities: Iterable[Any]) -> SafeString:
    """Each capability a link."""
    rows = ((address("techmap:capability-detail", item.code), item.name) for item in capabilities)
    items = format_html_join("", '<li><a class="app-chip" href="{}">{}</a></li>', rows)
    return format_html('<ul class="app-chips">{}</ul>', items)


@register.filter
def sizes(den: Den) -> list[str]:
    return [str(Size(code).label) for code in den.sizes]


@register.filter
def regions(den: Den) -> list[str]:
    return [str(Region(code).label) for code in den.regions]


@register.filter
def features(codes: Iterable[str]) -> list[str]:
    return [str(RoomFeature(code).label) for code in codes]


@register.filter
def numbered(scale: list[str]) -> list[tuple[int, str]]:
    """Each score with what it means."""
    return list(enumerate(scale))
