"""A supplier's own form."""

from __future__ import annotations

from django import forms

from portal.records import Region
from techmap.forms.fields import CapabilitiesField, LinesField
from techmap.models import Capability, SupplierProfile


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
