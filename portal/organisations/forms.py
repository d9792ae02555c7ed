"""What people write about organisations and those who belong to them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django import forms

from portal.organisations.actions import Details
from portal.organisations.actions.details import HELD, checked_identifiers
from portal.organisations.choices import Kind, Role, Scheme, Size
from portal.organisations.identifiers import SCHEMES_OF_KIND, field_of
from portal.organisations.models import Membership, Organisation
from portal.organisations.permissions import is_held_to_notices
from portal.records import Region

SME_TEST = (
    "A small or medium-sized enterprise (SME) has under 250 staff, and either a turnover of up to £44 million or a "
    "balance sheet of up to £38 million. Above both of these sums you are large, however few your staff. "
    "Count the whole group that you belong to."
)
# The choice for those who are in no region.
OUTSIDE = "outside"
NUMBER_HINTS = {
    Scheme.COH: "8 characters, for example 01234567 or SC123456.",
    Scheme.PPON: "From the central digital platform (Find a Tender), for example PABC-1234-DEFG.",
    Scheme.CFS: "The digits after GB-CFS in Contracts Finder data, for example 289406.",
    Scheme.LAE: "2 to 4 letters, for example DUR.",
    Scheme.GOR: "Letters and digits, for example EA39.",
    Scheme.CHC: "6 or 7 digits, for example 1234567.",
}


class OrganisationForm(forms.Form):
    """The details and the numbers of an organisation of the kind."""

    name = forms.CharField(label="Name", max_length=200, widget=forms.TextInput(attrs={"autocomplete": "organization"}))
    size = forms.ChoiceField(
        label="Size",
        choices=Size.choices,
        widget=forms.RadioSelect,
        help_text=SME_TEST,
        error_messages={"required": "Choose the size of your organisation"},
    )
    street_address = forms.CharField(
        label="Street address", max_length=200, widget=forms.TextInput(attrs={"autocomplete": "street-address"})
    )
    locality = forms.CharField(
        label="Town or city", max_length=100, widget=forms.TextInput(attrs={"autocomplete": "address-level2"})
    )
    postal_code = forms.CharField(
        label="Postcode",
        max_length=12,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "postal-code", "class": "govuk-input--width-10"}),
    )
    country_name = forms.CharField(
        label="Country",
        max_length=60,
        initial="United Kingdom",
        widget=forms.TextInput(attrs={"autocomplete": "country-name"}),
    )
    region = forms.ChoiceField(
        label="Region",
        choices=[("", "Choose a region"), *Region.choices, (OUTSIDE, "Outside the United Kingdom")],
        help_text="Where your main office is.",
        error_messages={"required": "Choose a region"},
    )
    website = forms.URLField(
        label="Website (optional)",
        required=False,
        max_length=200,
        assume_scheme="https",
        help_text="For example https://www.example.org",
        widget=forms.URLInput(attrs={"autocomplete": "url"}),
    )

    kept: dict[str, str] = {}  # numbers of lists that the form does not show

    required_messages = {
        "name": "Enter the organisation's name",
        "street_address": "Enter the street address",
        "locality": "Enter the town or city",
        "country_name": "Enter the country",
    }

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = Kind(kind)
        for field, message in self.required_messages.items():
            self.fields[field].error_messages["required"] = message
        if self.kind == Kind.PUBLIC_BODY:
            del self.fields["size"]
        for scheme in SCHEMES_OF_KIND[self.kind]:
            self.fields[field_of(scheme)] = forms.CharField(
                label=scheme.label, max_length=40, required=False, help_text=NUMBER_HINTS[scheme]
            )

    def number_fields(self) -> list[forms.BoundField]:
        return [self[field_of(scheme)] for scheme in self.schemes()]

    def schemes(self) -> list[Scheme]:
        return [scheme for scheme in SCHEMES_OF_KIND[self.kind] if field_of(scheme) in self.fields]

    def clean(self) -> None:
        """Everything that is wrong is said at once, the numbers and the postcode too."""
        data = self.cleaned_data
        if data.get("region") in Region.values and not data.get("postal_code"):
            self.add_error("postal_code", "Enter the postcode")
        if not self.schemes():
            return
        _, reasons = checked_identifiers(self.kind, {**self.kept, **self.identifiers()})
        for reason in reasons:
            self.add_error(reason.field, reason.message)

    def details(self) -> Details:
        fields = ("name", "street_address", "locality", "postal_code", "country_name", "region", "size", "website")
        values = {field: self.cleaned_data.get(field, "") for field in fields}
        return Details(**values | {"region": "" if values["region"] == OUTSIDE else values["region"]})

    def identifiers(self) -> dict[str, str]:
        return {scheme.value: self.cleaned_data.get(field_of(scheme), "") for scheme in self.schemes()}


class RegisterForm(OrganisationForm):
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class EditForm(OrganisationForm):
    """Where the name and numbers are fixed, the form lacks them, so nothing that is sent for them counts.

    The same goes for the size and the region of a record that is held to what notices say.
    """

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, organisation: Organisation, is_fixed: bool, **kwargs: Any) -> None:
        held = dict(organisation.identifiers.values_list("scheme", "value"))
        initial = {field: getattr(organisation, field) for field in (*Details.__dataclass_fields__, "version")}
        initial |= {field_of(scheme): value for scheme, value in held.items()}
        if not organisation.region and organisation.country_name not in ("", "United Kingdom"):
            initial["region"] = OUTSIDE
        super().__init__(*args, kind=organisation.kind, initial=initial, **kwargs)
        shown = {scheme.value for scheme in self.schemes()}
        self.kept = {scheme: value for scheme, value in held.items() if scheme not in shown}
        self.fixed_name = organisation.name if is_fixed else ""
        if is_fixed:
            for field in ["name", *(field_of(scheme) for scheme in self.schemes())]:
                del self.fields[field]
        self.held: dict[str, str] = {}
        if is_fixed and is_held_to_notices(organisation):
            self.held = {field: getattr(organisation, field) for field in HELD}
            for field in self.held:
                self.fields.pop(field, None)

    def details(self) -> Details:
        if self.fixed_name:
            self.cleaned_data["name"] = self.fixed_name
        self.cleaned_data |= self.held
        return super().details()


class RoleForm(forms.Form):
    role = forms.ChoiceField(
        label="Role",
        choices=Role.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a role"},
    )


class InviteForm(RoleForm):
    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={
            "required": "Enter an e-mail address",
            "invalid": "Enter an e-mail address in the correct format, like name@example.org",
        },
    )
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    field_order = ["email", "role"]


class SwitchForm(forms.Form):
    """Which of one's organisations to act for. Lists today's memberships alone."""

    def __init__(self, *args: Any, memberships: Iterable[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"] = forms.TypedChoiceField(
            label="Act for",
            coerce=int,
            choices=[(m.organisation_id, m.organisation.name) for m in memberships],
            widget=forms.RadioSelect,
            error_messages={
                "required": "Choose an organisation",
                "invalid_choice": "Choose one of the organisations that you belong to",
            },
        )


class DomainForm(forms.Form):
    domain = forms.CharField(
        label="E-mail domain",
        max_length=253,
        help_text="What stands after the @ in your organisation's e-mail addresses, for example ashfordvale.gov.uk.",
        error_messages={"required": "Enter an e-mail domain, like ashfordvale.gov.uk"},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    is_trusted = forms.BooleanField(
        label="People at this domain join at once, as viewers, without waiting for an owner", required=False
    )


class ReasonForm(forms.Form):
    """Why staff say no; the organisation's members read it."""

    reason = forms.CharField(
        label="Reason",
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="The organisation's members will read this.",
    )
