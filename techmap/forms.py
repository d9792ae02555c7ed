"""A supplier's form, and the two-level list of capabilities as checkboxes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.forms.models import ModelChoiceIterator

from portal.records import Region
from techmap.models import Capability, SupplierProfile


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


class ProfileForm(forms.Form):
    """The shape of a profile. `techmap.actions.save_profile` holds its rules."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    summary = forms.CharField(
        label="Summary",
        help_text="One or two sentences: what you do and for whom. It stands in every list.",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Enter a summary of what the organisation does"},
    )
    description = forms.CharField(
        label="Description (optional)",
        help_text="Say more of your services, your people and how you work. Leave an empty line between paragraphs.",
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    regions_served = forms.MultipleChoiceField(
        label="Where do you deliver?",
        help_text="Regions where you serve customers, apart from where your office is.",
        choices=Region.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "govuk-checkboxes--small"}),
    )
    capabilities = CapabilitiesField(
        label="What can you do?",
        help_text="Open a group and tick what you have done for customers. We tell you of requests that concern it.",
        required=False,
    )
    links = LinesField(
        label="Links (optional)",
        help_text="Your services, case studies or accreditations. One address a line, each beginning with https://",
        required=False,
    )

    @classmethod
    def showing(cls, profile: SupplierProfile | None) -> ProfileForm:
        """The form with what is saved now; `version` 0 where nothing is."""
        if profile is None:
            return cls(initial={"version": 0})
        own = Capability.objects.offered().claimed_by(profile)
        initial = {name: getattr(profile, name) for name in ("version", "summary", "description", "links")}
        regions = {"regions_served": profile.regions_served, "capabilities": list(own.values_list("pk", flat=True))}
        return cls(initial=initial | regions)


class CapabilitySearchForm(forms.Form):
    q = forms.CharField(label="Find a capability", max_length=60, required=False)
