"""The terms of a pilot in steps, and what is signed beside them."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms

from innovation_den.choices import StopWhen
from innovation_den.models import Pilot
from portal.govuk.forms import GovukDateField, GovukForm, MoneyField, StepForm
from techmap.forms import CapabilitiesField


def _long(rows: int = 4) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class PilotStartForm(GovukForm, forms.Form):
    title = forms.CharField(
        label="What is the pilot called?",
        max_length=150,
        help_text="Everybody can read it once its learning is published.",
        error_messages={"required": "Enter a title"},
    )
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class TermsForm(StepForm):
    """One step of the terms."""

    def _post_clean(self) -> None:
        """The pilot itself is not written here: its rules are the action's, and the database's."""

    class Meta:
        model = Pilot
        fields: list[str] = []


MEASURE_LABELS = {
    "hypothesis": "What do you want to find out?",
    "measure": "What is measured?",
    "unit": "Unit",
    "better": "Which way should it go?",
    "baseline": "What is it today?",
    "threshold": "What would prove it?",
}
MEASURE_HELP = {
    "hypothesis": "One sentence that can turn out to be wrong, such as 'Sensors warn of damp two weeks before a "
    "surveyor sees it'.",
    "measure": "One thing that can be counted every week, such as 'Homes with an early warning'.",
    "unit": "Such as %, minutes or homes.",
    "threshold": "The value that must be reached. It is fixed before the test starts, so that nobody moves it later.",
}


class HypothesisForm(TermsForm):
    class Meta(TermsForm.Meta):
        fields = ["title", "hypothesis"]
        labels = {"title": "Title", **MEASURE_LABELS}
        help_texts = MEASURE_HELP
        widgets = {"hypothesis": _long()}


class MeasureForm(TermsForm):
    class Meta(TermsForm.Meta):
        fields = ["measure", "unit", "better", "baseline", "threshold"]
        labels = MEASURE_LABELS
        help_texts = MEASURE_HELP
        widgets = {"better": forms.RadioSelect}


class BoundsForm(TermsForm):
    budget_cap = MoneyField(label="The most that may be spent", required=False)
    starts_on = GovukDateField(label="First day", required=False)
    ends_on = GovukDateField(label="Last day", required=False)

    class Meta(TermsForm.Meta):
        fields = ["budget_cap", "starts_on", "ends_on"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        most = self.instance.pitch.den.budget_cap
        allowed = f" The den allows £{most:,.0f} for one test." if most is not None else ""
        self.fields["budget_cap"].help_text = f"Pounds without VAT. Spending cannot pass it.{allowed}"


PEOPLE_LABELS = {
    "data_notes": "What data is used, and on what grounds?",
    "ethics_notes": "Who could be harmed, and how is that kept from happening?",
}


class PeopleForm(TermsForm):
    class Meta(TermsForm.Meta):
        fields = ["data_notes", "ethics_notes"]
        labels = PEOPLE_LABELS
        help_texts = {
            "data_notes": "Whose data, where it is kept, the lawful basis, when it is deleted. Both sides read it; "
            "it is not published.",
            "ethics_notes": "It is published with what was learnt.",
        }
        widgets = {"data_notes": _long(6), "ethics_notes": _long(6)}


class PilotCapabilitiesForm(TermsForm):
    capabilities = CapabilitiesField(
        label="Which capabilities does the test concern?",
        required=False,
        help_text="What was learnt is found by them.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["capabilities"] = list(self.instance.capabilities.values_list("pk", flat=True))


class StopRuleForm(GovukForm, forms.Form):
    when = forms.ChoiceField(label="Stop when", choices=StopWhen.choices, widget=forms.RadioSelect)
    limit = forms.DecimalField(label="Limit", max_digits=14, decimal_places=4, help_text="A number, such as 5000.")


class ReviewPointForm(GovukForm, forms.Form):
    due_on = GovukDateField(label="Day of the review", help_text="Between the first and the last day of the pilot.")


class SignForm(GovukForm, forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)


class ReasonForm(GovukForm, forms.Form):
    reason = forms.CharField(label="Why?", max_length=2000, widget=_long(), help_text="The other side reads it.")


class EndForm(ReasonForm):
    """Before the last day the action asks for the reason."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = False
        self.fields["reason"].label = "Why does it end?"


class AmendmentForm(TermsForm):
    """Every term that can change after the start, as it stands, with the reason for the change."""

    budget_cap = MoneyField(label="The most that may be spent", required=False)
    ends_on = GovukDateField(label="Last day", required=False)
    reason = forms.CharField(label="Why does it change?", max_length=2000, widget=_long(3))
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    class Meta(TermsForm.Meta):
        fields = [*MEASURE_LABELS, "budget_cap", "ends_on", "data_notes", "ethics_notes"]
        labels = {**MEASURE_LABELS, **PEOPLE_LABELS}
        widgets = {"better": forms.RadioSelect, "hypothesis": _long(3)}

    @property
    def terms(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self._meta.fields or ()}
