"""Staff edit the taxonomy here, by its action."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.postgres.forms import SimpleArrayField
from django.http import HttpRequest

from portal.organisations.admin import ReadOnlyAdmin, staff_of
from portal.refusals import Reason
from techmap.actions import save_capability
from techmap.actions.capabilities import why_not_save
from techmap.admin.kept import KeptAdmin, KeptForm
from techmap.models import Capability, CapabilityFollow


class CapabilityForm(KeptForm):
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

    def why_not_save(self, instance: Capability) -> Iterable[Reason]:
        return why_not_save(instance)


@admin.register(Capability)
class CapabilityAdmin(KeptAdmin, admin.ModelAdmin):
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


@admin.register(CapabilityFollow)
class CapabilityFollowAdmin(ReadOnlyAdmin):
    list_display = ["capability", "user", "created_at"]
    list_filter = [("capability__parent", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["user__email", "capability__name"]
    list_select_related = ["capability", "user"]
