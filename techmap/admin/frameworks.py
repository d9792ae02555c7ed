"""Staff keep the framework agreements here, by their action."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from portal.organisations.admin import staff_of
from techmap.actions import save_framework
from techmap.actions.frameworks import why_not_save
from techmap.forms import LinesField
from techmap.models import Framework
from techmap.permissions import can_edit_taxonomy


class FrameworkForm(forms.ModelForm):
    lots = LinesField(required=False, help_text="One a line, for example Lot 1: Cloud hosting.")

    class Meta:
        model = Framework
        fields = ["code", "reference", "name", "lots", "ends_on", "is_retired"]

    def _post_clean(self) -> None:
        """Ask the action's rules as soon as the instance holds what was sent."""
        super()._post_clean()  # type: ignore[misc]
        if not self.errors:
            for reason in why_not_save(self.instance):
                self.add_error(reason.field, reason.message)


@admin.register(Framework)
class FrameworkAdmin(admin.ModelAdmin):
    """Saving here marks the framework, so that loading the file leaves it as it is. Retire; never delete."""

    form = FrameworkForm
    list_display = ["name", "reference", "code", "ends_on", "is_retired", "is_edited"]
    list_filter = ["is_retired", "is_edited"]
    search_fields = ["name", "reference", "code"]
    readonly_fields = ["is_edited"]
    actions = None

    def save_model(self, request: HttpRequest, obj: Framework, form: Any, change: bool) -> None:
        save_framework(framework=obj, by=staff_of(request))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return can_edit_taxonomy(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Framework | None = None) -> bool:
        return can_edit_taxonomy(request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return can_edit_taxonomy(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Framework | None = None) -> bool:
        return can_edit_taxonomy(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Framework | None = None) -> bool:
        return False
