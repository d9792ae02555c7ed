"""The staff's administration: whatever the portal keeps can be found there, on a page or within one."""

from __future__ import annotations

from django.apps import apps
from django.contrib import admin
from django.db import models

OURS = ("portal.", "techmap", "engagement", "reporting", "innovation_den")
# Models that staff need not find, each with its reason.
LEFT_OUT: dict[str, str] = {}


def of_ours() -> list[type[models.Model]]:
    """All but pghistory's copies of rows, which the History pages show."""
    return [
        model
        for config in apps.get_app_configs()
        if config.name.startswith(OURS)
        for model in config.get_models()
        if not hasattr(model, "pgh_id")
    ]


def test_every_model_is_in_the_admin() -> None:
    inlines = {inline.model for shown in admin.site._registry.values() for inline in shown.inlines}
    missing = {model._meta.label for model in of_ours() if model not in inlines and not admin.site.is_registered(model)}
    assert missing == set(LEFT_OUT)
