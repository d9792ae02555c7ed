"""What staff may edit here: saved by its action, held to its action's rules, retired and never deleted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import HttpRequest

from portal.refusals import Reason
from techmap.permissions import can_edit_taxonomy


class KeptForm(forms.ModelForm):
    """A form that says at its fields what the action would refuse."""

    def why_not_save(self, instance: Any) -> Iterable[Reason]:
        raise NotImplementedError

    def _post_clean(self) -> None:
        """Ask the action's rules as soon as the instance holds what was sent."""
        super()._post_clean()  # type: ignore[misc]
        if not self.errors:
            for reason in self.why_not_save(self.instance):
                self.add_error(reason.field, reason.message)


class KeptAdmin:
    """Mixed in before Django's class: who may edit the taxonomy sees, adds and changes; nobody deletes."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return can_edit_taxonomy(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return can_edit_taxonomy(request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return can_edit_taxonomy(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return can_edit_taxonomy(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
