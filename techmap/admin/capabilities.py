"""Staff edit the taxonomy here, by its action."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.postgres.forms import SimpleArrayField
from django.http import HttpRequest

from portal.organisations.admin import ReadOnlyAdmin, staff_of
from techmap.actions import save_capability
from techmap.actions.capabilities import why_not_save
from techmap.models import Capability, CapabilityFollow
from techmap.permissions import can_edit_taxonomy


class CapabilityForm(forms.ModelForm):
    aliases = SimpleArrayField(
        forms.CharField(max_length=60), required=False, help_text="Other words for it, with commas between them."
    )
    cpv_prefixes = SimpleArrayField(
        forms.CharField(max_length=8),
        required=False,
        label="CPV prefixes",
        help_text="How the CPV codes of its notices begin, with commas between them, for example 72212, 48445.",
    )

    class Meta:
        model = Capability
        fields = ["code", "name", "description", "parent", "aliases", "cpv_prefixes", "position", "is_retired"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "parent" in self.fields:
            self.fields["parent"].queryset = Capability.objects.parents()  # type: ignore[attr-defined]

    def _post_clean(self) -> None:
        """Ask the action's rules as soon as the instance holds what was sent."""
        super()._post_clean()  # type: ignore[misc]
        if not self.errors:
            for reason in why_not_save(self.instance):
                self.add_error(reason.field, reason.message)


@admin.register(Capability)
class CapabilityAdmin(admin.ModelAdmin):
    """Saving here marks the capability, so that loading the file leaves it as it is. Retire; never delete."""

    form = CapabilityForm
    list_display = ["name", "code", "parent", "alias_list", "is_retired", "is_edited", "updated_at"]
    list_filter = ["is_retired", "is_edited", ("parent", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["name", "code", "description", "aliases"]
    list_select_related = ["parent"]
    ordering = ["position", "name"]
    readonly_fields = ["is_edited", "updated_at"]
    actions = None

    @admin.display(description="aliases")
    def alias_list(self, capability: Capability) -> str:
        return ", ".join(capability.aliases)

    def save_model(self, request: HttpRequest, obj: Capability, form: Any, change: bool) -> None:
        save_capability(capability=obj, by=staff_of(request))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return can_edit_taxonomy(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Capability | None = None) -> bool:
        return can_edit_taxonomy(request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return can_edit_taxonomy(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Capability | None = None) -> bool:
        return can_edit_taxonomy(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Capability | None = None) -> bool:
        return False


@admin.register(CapabilityFollow)
class CapabilityFollowAdmin(ReadOnlyAdmin):
    list_display = ["capability", "user", "created_at"]
    list_filter = [("capability__parent", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["user__email", "capability__name"]
    list_select_related = ["capability", "user"]
