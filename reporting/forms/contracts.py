"""A contract's form, its baseline and its amendments."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q

from portal.govuk.forms import GovukDateField, GovukForm, MoneyField
from portal.organisations.models import Organisation
from reporting import standards
from reporting.actions import ContractDetails
from reporting.choices import Rhythm
from reporting.models import Contract, Scheme
from techmap.forms import CapabilitiesField, SupplierField

CPV = re.compile(r"\d{8}")


def codes(name: str) -> list[tuple[str, str]]:
    return list(standards.latest().codes[name].values)


class ContractForm(GovukForm, forms.Form):
    mark_optional = True

    version = forms.IntegerField(widget=forms.HiddenInput, initial=0)
    submission_key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    title = forms.CharField(label="What is the contract for?", max_length=200)
    number = forms.CharField(label="Contract number", help_text="As you and the supplier call it.", max_length=60)
    supplier = SupplierField(label="Supplier", help_text="Its whole name, or its company number.", max_length=200)
    description = forms.CharField(
        label="Description", max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 5})
    )
    baseline_value = MoneyField(label="Value, without VAT", required=False, max_digits=16)
    baseline_start = GovukDateField(label="Start date")
    baseline_end = GovukDateField(label="End date")
    rhythm = forms.ChoiceField(
        label="How often does the supplier report?", choices=Rhythm.choices, widget=forms.RadioSelect
    )
    scheme = forms.ModelChoiceField(
        Scheme.objects.none(),
        label="Scheme",
        help_text="One of your schemes: contracts of a scheme are shown and compared together.",
        required=False,
        empty_label="None",
    )
    ocid = forms.CharField(label="OCID", help_text="From its published notice.", max_length=120, required=False)
    cpv_codes = forms.CharField(
        label="CPV codes", help_text="8 figures each, with spaces between them.", max_length=200, required=False
    )
    framework = forms.CharField(label="Framework", max_length=120, required=False)
    lot = forms.CharField(label="Lot", max_length=120, required=False)
    capabilities = CapabilitiesField(label="Capabilities bought", required=False)

    def __init__(self, *args: Any, buyer: Organisation, contract: Contract | None = None, **kwargs: Any) -> None:
        """Offers the buyer's schemes, and the one that the contract has already."""
        super().__init__(*args, **kwargs)
        offered = Q(organisation=buyer) | Q(pk=contract.scheme_id if contract else None)
        self.fields["scheme"].queryset = Scheme.objects.filter(offered)  # type: ignore[attr-defined]

    def clean_cpv_codes(self) -> list[str]:
        found = re.split(r"[\s,;]+", self.cleaned_data["cpv_codes"].strip()) if self.cleaned_data["cpv_codes"] else []
        wrong = [code for code in found if not CPV.fullmatch(code)]
        if wrong:
            raise ValidationError(f"“{wrong[0][:20]}” is not a CPV code: enter 8 figures, for example 72212000")
        return found

    def details(self) -> ContractDetails:
        given = {name: value for name, value in self.cleaned_data.items() if name not in ("version", "submission_key")}
        return ContractDetails(**given)

    @classmethod
    def showing(cls, contract: Contract) -> ContractForm:
        initial = {name: getattr(contract, name) for name in cls.base_fields if hasattr(contract, name)}
        initial |= {
            "cpv_codes": " ".join(contract.cpv_codes),
            "capabilities": list(contract.capabilities.values_list("pk", flat=True)),
        }
        return cls(initial=initial, buyer=contract.buyer, contract=contract)


class MilestoneForm(GovukForm, forms.Form):
    number = forms.CharField(label="Milestone number", help_text="For example M1.", max_length=40)
    title = forms.CharField(label="What is done when it is met?", max_length=200)
    type = forms.ChoiceField(label="Type", choices=lambda: codes("milestone_type"))
    due = GovukDateField(label="Due date")


class KpiForm(GovukForm, forms.Form):
    number = forms.CharField(label="Indicator number", help_text="For example K1.", max_length=40)
    title = forms.CharField(label="What is measured?", max_length=200)
    measured_in = forms.CharField(label="Measured in", help_text="For example %, hours or number.", max_length=30)
    target = forms.DecimalField(label="Target", max_digits=18, decimal_places=4)
    direction = forms.ChoiceField(
        label="Which way is better?", choices=lambda: codes("direction"), widget=forms.RadioSelect
    )


class ActivateForm(GovukForm, forms.Form):
    mark_optional = True

    reports_from = GovukDateField(
        label="First day to report",
        help_text="Any day of the first period. Leave it empty where the supplier files no returns here.",
        required=False,
    )


class AmendForm(GovukForm, forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    submission_key = forms.UUIDField(widget=forms.HiddenInput)
    dated = GovukDateField(label="Date of the amendment")
    reason = forms.CharField(label="Reason", max_length=1000, widget=forms.Textarea(attrs={"rows": 4}))
    value_change = MoneyField(
        label="Change of the value, without VAT",
        help_text="Enter 0 where the value stays. Begin with a minus where it falls.",
        min_value=None,
        max_digits=16,
    )
    end_after = GovukDateField(label="End date from now on")

    @classmethod
    def showing(cls, contract: Contract) -> AmendForm:
        """The end as it is, and nothing else: an amendment is new."""
        given = {"version": contract.version, "submission_key": uuid4(), "end_after": contract.current_end}
        return cls(initial=given)
