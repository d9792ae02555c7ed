"""The sections of a supplier's profile. The actions hold their rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms

from portal.govuk.forms import GovukForm
from portal.records import Region
from techmap.actions import Depth
from techmap.choices import ClaimOrigin, Level, Sector
from techmap.forms.fields import CapabilitiesField, LinesField
from techmap.models import Capability, CapabilityClaim, SupplierProfile
from techmap.queries import in_taxonomy_order

SMALL_BOXES = {"class": "govuk-checkboxes--small"}


class SectionForm(GovukForm, forms.Form):
    """One section, with the version that it was opened with: 0 before there is a profile."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, data: Any = None, *, profile: SupplierProfile | None) -> None:
        self.profile = profile
        super().__init__(data)
        self.initial = {"version": profile.version, **self.said(profile)} if profile else {"version": 0}

    def said(self, profile: SupplierProfile) -> dict[str, Any]:
        """What the profile says now."""
        return {name: getattr(profile, name) for name in self.fields}

    def facts(self) -> dict[str, Any]:
        """What the section's action takes."""
        return dict(self.cleaned_data)

    def rows(self) -> list[tuple[str, Any]] | None:
        """The section in words for a conflict page; None where its fields say it themselves."""
        return None


class AboutForm(SectionForm):
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
    technologies = LinesField(
        label="Technologies (optional)",
        help_text="The products, languages and standards that you work with, one a line. For example PostgreSQL.",
        required=False,
    )
    links = LinesField(
        label="Links (optional)",
        help_text="Your services or open source work. One address a line, each beginning with https://",
        required=False,
    )


class CapabilitiesForm(SectionForm):
    capabilities = CapabilitiesField(
        label="What can you do?",
        help_text="Open a group and tick what you have done for customers. We tell you of requests that concern it.",
        required=False,
    )

    def said(self, profile: SupplierProfile) -> dict[str, Any]:
        own = Capability.objects.offered().claimed_by(profile)
        return {"capabilities": list(own.values_list("pk", flat=True))}


class LevelsForm(SectionForm):
    """A level and a year for each of the supplier's own claims: `level_<number>`, `since_<number>`."""

    def __init__(self, data: Any = None, *, profile: SupplierProfile | None) -> None:
        self.claims = own_claims(profile)
        super().__init__(data, profile=profile)
        for claim in self.claims:
            number, name = claim.capability_id, claim.capability.name
            level = forms.ChoiceField(label="Level", choices=[("", "Not said"), *Level.choices], required=False)
            since = forms.IntegerField(
                label="Since (year)",
                required=False,
                error_messages={"invalid": f"{name}: enter the year in numbers, like 2015"},
                widget=forms.TextInput(attrs={"class": "govuk-input--width-4", "inputmode": "numeric"}),
            )
            self.fields |= {f"level_{number}": level, f"since_{number}": since}
            self.initial |= {f"level_{number}": claim.level, f"since_{number}": claim.since}

    def said(self, profile: SupplierProfile) -> dict[str, Any]:
        return {}

    def groups(self) -> Iterator[tuple[CapabilityClaim, forms.BoundField, forms.BoundField]]:
        for claim in self.claims:
            yield claim, self[f"level_{claim.capability_id}"], self[f"since_{claim.capability_id}"]

    def facts(self) -> dict[str, Any]:
        depths = {
            claim.capability_id: Depth(level=level, since=since)
            for claim in self.claims
            for level, since in [self.typed(claim.capability_id)]
        }
        return {"version": self.cleaned_data["version"], "depths": depths}

    def typed(self, number: int) -> tuple[str, int | None]:
        return self.cleaned_data[f"level_{number}"], self.cleaned_data[f"since_{number}"]

    def rows(self) -> list[tuple[str, Any]] | None:
        levels = dict(Level.choices)
        return [
            (claim.capability.name, f"{levels.get(level.value(), 'No level')}, since {since.value() or 'not said'}")
            for claim, level, since in self.groups()
        ]


def own_claims(profile: SupplierProfile | None) -> list[CapabilityClaim]:
    """What the supplier claims itself, in the order of the taxonomy."""
    if profile is None:
        return []
    return list(in_taxonomy_order(profile.claims.filter(origin=ClaimOrigin.SUPPLIER)))


class DeliveryForm(SectionForm):
    regions_served = forms.MultipleChoiceField(
        label="Where do you deliver?",
        help_text="Regions where you serve customers, apart from where your office is.",
        choices=Region.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs=SMALL_BOXES),
    )
    sectors = forms.MultipleChoiceField(
        label="Which parts of the public sector do you work for?",
        help_text="Those that you have worked for, or know well enough to begin tomorrow.",
        choices=Sector.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs=SMALL_BOXES),
    )


class KindForm(SectionForm):
    is_vcse = forms.TypedChoiceField(
        label="Are you a voluntary, community or social enterprise (VCSE)?",
        help_text=(
            "A charity, a community interest company, a co-operative or another organisation that exists for a "
            "social or environmental purpose and puts most of its surplus back into it."
        ),
        choices=[("True", "Yes"), ("False", "No")],
        coerce=lambda text: text == "True",
        widget=forms.RadioSelect(attrs={"class": "govuk-radios--inline"}),
        error_messages={"required": "Choose yes or no"},
    )
