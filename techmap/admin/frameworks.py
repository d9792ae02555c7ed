"""Staff keep the framework agreements here, by their action."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from portal.organisations.admin import staff_of
from portal.refusals import Reason
from techmap.actions import save_framework
from techmap.actions.frameworks import why_not_save
from techmap.admin.kept import KeptAdmin, KeptForm
from techmap.forms import LinesField
from techmap.models import Framework


class FrameworkForm(KeptForm):
    lots = LinesField(required=False, help_text="One a line, for example Lot 1: Cloud hosting.")

    class Meta:
        model = Framework
        fields = ["code", "reference", "name", "lots", "ends_on", "is_retired"]

    def why_not_save(self, instance: Framework) -> Iterable[Reason]:
        return why_not_save(instance)


@admin.register(Framework)
class FrameworkAdmin(KeptAdmin, admin.ModelAdmin):
    """Saving here marks the framework, so that loading the file leaves it as it is. Retire; never delete."""

    form = FrameworkForm
    list_display = ["name", "reference", "code", "ends_on", "is_retired", "is_edited"]
    list_filter = ["is_retired", "is_edited"]
    search_fields = ["name", "reference", "code"]
    readonly_fields = ["is_edited"]
    actions = None

    def save_model(self, request: HttpRequest, obj: Framework, form: Any, change: bool) -> None:
        save_framework(framework=obj, by=staff_of(request))
