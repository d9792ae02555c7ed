"""The link to an object's history, for those who may see it."""

from __future__ import annotations

from django import template
from django.db import models
from django.template.context import Context
from django.utils.html import format_html

from portal.addresses import address
from portal.audit.permissions import can_view_history

register = template.Library()


@register.simple_tag(takes_context=True)
def history_link(context: Context, target: models.Model) -> str:
    """A link that names what it is the history of; nothing for those who may not see it."""
    user = context.get("user")
    if user is None or not can_view_history(user, target):
        return ""
    path = address("audit:history", target._meta.app_label, str(target._meta.model_name), target.pk)
    words = '<a class="govuk-link" href="{}">History<span class="govuk-visually-hidden"> of {}</span></a>'
    return format_html(words, path, target)
