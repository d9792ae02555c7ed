"""What a profile holds in rows: accreditations, places on frameworks, contacts."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms

from portal.govuk.forms import GovukDateField, GovukForm
from techmap.choices import AccreditationKind, ContactRole
from techmap.models import Accreditation, Contact, Framework, FrameworkPlace, SupplierProfile


class RowForm(GovukForm, forms.Form):
    """A new row carries the key that makes it once; an old one the version that it was opened with."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, initial=0)
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, data: Any = None, *, row: Any = None) -> None:
        super().__init__(data)
        if row:
            self.initial = {name: getattr(row, name) for name in self.fields if hasattr(row, name)}

    def facts(self) -> dict[str, Any]:
        """What the row's action takes."""
        return dict(self.cleaned_data)


class AccreditationForm(RowForm):
    kind = forms.ChoiceField(
        label="Accreditation",
        choices=[("", "Choose"), *AccreditationKind.choices],
        error_messages={"required": "Choose an accreditation from the list"},
    )
    number = forms.CharField(
        label="Certificate number (optional)",
        max_length=80,
        required=False,
        help_text="So that a buyer can look it up.",
        widget=forms.TextInput(attrs={"class": "govuk-input--width-20", "spellcheck": "false"}),
    )
    issued_by = forms.CharField(label="Issued by (optional)", max_length=120, required=False)
    expires_on = GovukDateField(
        label="Expiry date (optional)",
        required=False,
        help_text="The last day on which it counts. After it your page says that it has expired.",
    )

    def __init__(self, data: Any = None, *, row: Accreditation | None = None) -> None:
        super().__init__(data, row=row)


class ContactForm(RowForm):
    role = forms.ChoiceField(
        label="What can this person be asked about?",
        choices=ContactRole.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what the contact can be asked about"},
    )
    name = forms.CharField(
        label="Name",
        max_length=120,
        widget=forms.TextInput(attrs={"spellcheck": "false"}),
        error_messages={"required": "Enter the name of the contact"},
    )
    email = forms.EmailField(label="Email address (optional)", required=False, max_length=254)
    telephone = forms.CharField(
        label="Telephone number (optional)",
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"type": "tel", "class": "govuk-input--width-20"}),
    )

    def __init__(self, data: Any = None, *, row: Contact | None = None) -> None:
        super().__init__(data, row=row)


class FrameworkPlaceForm(RowForm):
    """The lots that the supplier holds on one framework; without lots it only says that it is there."""

    lots = forms.MultipleChoiceField(
        label="Which lots do you hold?",
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "govuk-checkboxes--small"}),
    )

    def __init__(self, data: Any = None, *, framework: Framework, row: FrameworkPlace | None = None) -> None:
        super().__init__(data, row=row)
        self.framework = framework
        if framework.lots:
            self.fields["lots"].choices = [(lot, lot) for lot in framework.lots]  # type: ignore[attr-defined]
        else:
            del self.fields["lots"]

    def facts(self) -> dict[str, Any]:
        return {"lots": [], **self.cleaned_data, "framework": self.framework}


class ChooseFrameworkForm(GovukForm, forms.Form):
    """Frameworks that are in use and that the supplier has not listed yet."""

    framework = forms.ModelChoiceField(
        Framework.objects.none(),
        label="Framework agreement",
        to_field_name="code",
        empty_label="Choose",
        error_messages={
            "required": "Choose a framework agreement",
            "invalid_choice": "Choose a framework agreement from the list",
        },
    )

    def __init__(self, data: Any = None, *, profile: SupplierProfile | None) -> None:
        super().__init__(data)
        held = profile.framework_places.values("framework") if profile else []
        field = self.fields["framework"]
        field.queryset = Framework.objects.filter(is_retired=False).exclude(pk__in=held)  # type: ignore[attr-defined]
        field.label_from_instance = framework_label  # type: ignore[attr-defined]


def framework_label(framework: Framework) -> str:
    return f"{framework.name} ({framework.reference})" if framework.reference else framework.name
