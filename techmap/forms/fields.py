"""The two-level list of capabilities as checkboxes, and lists typed one item a line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import ModelChoiceIterator

from portal.organisations.models import Organisation
from techmap.models import Capability
from techmap.queries import public_suppliers


class GroupedByParent(ModelChoiceIterator):
    """Capabilities under the names of their parents, in the order of the taxonomy."""

    def __iter__(self) -> Iterator[Any]:
        capabilities: Any = self.queryset
        groups: dict[str, list[Any]] = {}
        for capability in capabilities.by_parent():
            groups.setdefault(str(capability.parent), []).append(self.choice(capability))
        yield from groups.items()


class CapabilityCheckboxes(forms.CheckboxSelectMultiple):
    """A panel for each parent, which opens without JavaScript; open at first where something is chosen."""

    template_name = "techmap/_capability_checkboxes.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["panels"] = [
            {"name": group, "options": options, "chosen": sum(option["selected"] for option in options)}
            for group, options, _index in context["widget"]["optgroups"]
        ]
        return context


class CapabilitiesField(forms.ModelMultipleChoiceField):
    """Any number of second-level capabilities that are in use."""

    iterator = GroupedByParent
    widget = CapabilityCheckboxes

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Capability.objects.offered(), **kwargs)


class LinesField(forms.CharField):
    """A list, one item a line; empty lines are left out."""

    widget = forms.Textarea(attrs={"rows": 4, "spellcheck": "false"})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        return [line.strip() for line in super().clean(value).splitlines() if line.strip()]


class SupplierField(forms.CharField):
    """A supplier that the techmap lists, by the whole of its name or by its company number."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value).strip()
        if not text:
            return None
        suppliers = public_suppliers()
        found = list(suppliers.filter(identifiers__value__iexact=text).distinct()[:2])
        found = found or list(suppliers.filter(name__iexact=text)[:2])
        if len(found) == 1:
            return found[0]
        if found:
            raise ValidationError(f"Several suppliers are called {text}. Enter the company number instead")
        raise ValidationError(f"No supplier is called {text[:80]}. Enter its whole name, or its company number")

    def prepare_value(self, value: Any) -> Any:
        return str(value) if isinstance(value, Organisation) else value
