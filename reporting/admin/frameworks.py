"""What frameworks ask for beside the standard: staff add fields and end them, by their action."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpRequest
from django.utils import timezone

from portal.organisations.admin import staff_of
from reporting import standards
from reporting.actions.frameworks import FIELDS, save_framework_field, why_not_save
from reporting.choices import FieldType
from reporting.models import FrameworkField
from reporting.permissions import can_keep_framework_fields


def _tables() -> list[tuple[str, str]]:
    return [(table.name, table.label) for table in standards.latest().tables]


def _code_lists() -> list[tuple[str, str]]:
    return [("", "None"), *((codes.name, codes.label) for codes in standards.latest().codes.values())]


class FrameworkFieldForm(forms.ModelForm):
    table = forms.ChoiceField(choices=_tables, help_text="Of the standard: where the field is asked for.")
    type = forms.ChoiceField(choices=FieldType.choices)
    codes = forms.ChoiceField(label="Code list", choices=_code_lists, required=False, help_text="For a code.")

    class Meta:
        model = FrameworkField
        fields = FIELDS

    def _post_clean(self) -> None:
        """Ask the action's rules as soon as the instance holds what was sent."""
        super()._post_clean()  # type: ignore[misc]
        self.errors.pop(NON_FIELD_ERRORS, None)  # the table's constraints: the rules say the same at their field
        if not self.errors:
            for reason in why_not_save(self.instance, timezone.localdate()):
                self.add_error(reason.field, reason.message)


@admin.register(FrameworkField)
class FrameworkFieldAdmin(admin.ModelAdmin):
    """A field counts as soon as it is saved, in every form, check and template. It is ended; never deleted."""

    form = FrameworkFieldForm
    list_display = ["framework", "table", "label", "type", "is_required", "since", "until"]
    list_filter = ["framework", "table"]
    list_select_related = ["framework"]
    search_fields = ["framework__name", "name", "label"]
    actions = None

    def save_model(self, request: HttpRequest, obj: FrameworkField, form: Any, change: bool) -> None:
        save_framework_field(field=obj, by=staff_of(request), now=timezone.now())

    def has_module_permission(self, request: HttpRequest) -> bool:
        return can_keep_framework_fields(request.user)

    def has_view_permission(self, request: HttpRequest, obj: FrameworkField | None = None) -> bool:
        return can_keep_framework_fields(request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return can_keep_framework_fields(request.user)

    def has_change_permission(self, request: HttpRequest, obj: FrameworkField | None = None) -> bool:
        return can_keep_framework_fields(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: FrameworkField | None = None) -> bool:
        return False
