"""The terms of a pilot in steps, and what is signed beside them."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms

from innovation_den.choices import StopWhen
from innovation_den.models import Pilot
from portal.govuk.formats import day
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
    """Every term that can change after the start, as it stands, with the reason for the change.

    Of the stop rules and the review points any may be taken out that has not come about, and one of each added.
    """

    budget_cap = MoneyField(label="The most that may be spent", required=False)
    ends_on = GovukDateField(label="Last day", required=False)
    stop_rules_out = forms.MultipleChoiceField(
        label="Which stop rules go?", required=False, widget=forms.CheckboxSelectMultiple
    )
    stop_when = forms.ChoiceField(
        label="New stop rule: stop when", required=False, choices=[("", "No new rule"), *StopWhen.choices]
    )
    stop_limit = forms.DecimalField(
        label="Limit of the new stop rule",
        required=False,
        max_digits=14,
        decimal_places=4,
        help_text="A number, such as 5000. To change a limit, take the rule out and add it anew.",
    )
    reviews_out = forms.MultipleChoiceField(
        label="Which review points go?", required=False, widget=forms.CheckboxSelectMultiple
    )
    review_on = GovukDateField(label="New review point", required=False)
    reason = forms.CharField(label="Why does it change?", max_length=2000, widget=_long(3))
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    class Meta(TermsForm.Meta):
        fields = [*MEASURE_LABELS, "budget_cap", "ends_on", "data_notes", "ethics_notes"]
        labels = {**MEASURE_LABELS, **PEOPLE_LABELS}
        widgets = {"better": forms.RadioSelect, "hypothesis": _long(3)}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pilot = self.instance
        self.rules, self.reviews = list(pilot.stop_rules.all()), list(pilot.reviews.all())
        self._offer("stop_rules_out", [(str(one.pk), one.in_words(pilot)) for one in self.rules if not one.met_at])
        self._offer("reviews_out", [(str(one.pk), day(one.due_on)) for one in self.reviews if not one.at])

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        if choices:
            self.fields[name].choices = choices  # type: ignore[attr-defined]
        else:
            del self.fields[name]

    def clean(self) -> dict[str, Any]:
        """A new rule is both its case and its limit."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("stop_when") and data.get("stop_limit") is None and "stop_limit" not in self.errors:
            self.add_error("stop_limit", "Enter the limit of the new stop rule")
        if data.get("stop_limit") is not None and not data.get("stop_when"):
            self.add_error("stop_when", "Choose when the new stop rule stops the pilot")
        return data

    @property
    def terms(self) -> dict[str, Any]:
        """As they are to be, with the stop rules and the review points that stay or are new."""
        data = self.cleaned_data
        rules = {(one.when, one.limit) for one in self.rules if str(one.pk) not in data.get("stop_rules_out", ())}
        reviews = {one.due_on for one in self.reviews if str(one.pk) not in data.get("reviews_out", ())}
        if data["stop_when"]:
            rules.add((data["stop_when"], data["stop_limit"]))
        if data["review_on"]:
            reviews.add(data["review_on"])
        terms = {name: data[name] for name in self._meta.fields or ()}
        return terms | {"stop_rules": sorted(rules), "reviews": sorted(reviews)}
