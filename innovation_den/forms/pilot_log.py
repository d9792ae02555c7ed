"""What is written of a pilot as it runs, and at its end."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any, cast

from django import forms
from django.utils import timezone

from innovation_den.choices import PilotExit, PilotOutcome
from innovation_den.forms.pilots import TermsForm
from innovation_den.models import Pilot
from innovation_den.queries.pilots import requests_of
from portal.govuk.forms import GovukDateField, GovukForm, MoneyField


def _today() -> date:
    return timezone.localdate()


class LogForm(GovukForm, forms.Form):
    dated = GovukDateField(label="Day", initial=_today)
    text = forms.CharField(label="What happened?", max_length=3000, widget=forms.Textarea(attrs={"rows": 5}))
    value = forms.DecimalField(label="The measure", max_digits=14, decimal_places=4, required=False)
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, *args: Any, pilot: Pilot, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        unit = f", in {pilot.unit}" if pilot.unit else ""
        self.fields["value"].label = f"{pilot.measure}{unit} (optional)"
        self.fields["value"].help_text = "Where it stands now. Leave it empty if it was not measured this week."


class SpendForm(GovukForm, forms.Form):
    dated = GovukDateField(label="Day", initial=_today)
    what = forms.CharField(label="What was it spent on?", max_length=200)
    amount = MoneyField(label="Amount", help_text="Pounds without VAT.")
    is_back = forms.BooleanField(label="This money came back", required=False)
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    @property
    def entry(self) -> dict[str, Any]:
        """As the action takes it: money that came back is below nought."""
        data = dict(self.cleaned_data)
        if data.pop("is_back"):
            data["amount"] = -data["amount"]
        return data


class AnswerForm(GovukForm, forms.Form):
    answer = forms.CharField(
        label="Why does the pilot go on?",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Say what you decided together. To stop instead, end the pilot.",
    )


class ReviewForm(GovukForm, forms.Form):
    goes_on = forms.TypedChoiceField(
        label="Does the pilot go on?",
        choices=[("yes", "Yes"), ("no", "No")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    note = forms.CharField(label="What did you talk about?", max_length=3000, widget=forms.Textarea(attrs={"rows": 5}))


class OutcomeForm(TermsForm):
    """What the sponsor says of the outcome."""

    outcome = forms.ChoiceField(
        label="What did the test show?", choices=PilotOutcome.choices, widget=forms.RadioSelect, required=False
    )
    exit = forms.ChoiceField(
        label="What comes next?", choices=PilotExit.choices, widget=forms.RadioSelect, required=False
    )

    class Meta(TermsForm.Meta):
        fields = ["outcome", "learnt", "advice", "exit"]
        labels = {"learnt": "What was learnt?", "advice": "What would you tell the next who tries? (optional)"}
        help_texts = {
            "learnt": "What happened, and why. What did not work is worth as much to others as what did.",
        }

    field_order = ("outcome", "learnt", "advice", "exit")


class FirmWordsForm(TermsForm):
    """What the firm says of it, published beside the sponsor's words."""

    class Meta(TermsForm.Meta):
        fields = ["firm_words"]
        labels = {"firm_words": "What do you want to add?"}
        help_texts = {"firm_words": "It is published beside what the sponsor writes."}


class EngagementForm(GovukForm, forms.Form):
    request = forms.ChoiceField(label="Request")

    def __init__(self, *args: Any, pilot: Pilot, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        requests = [(str(one.pk), str(one)) for one in requests_of(pilot)[:200]]
        cast(forms.ChoiceField, self.fields["request"]).choices = [("", "Select a request"), *requests]
