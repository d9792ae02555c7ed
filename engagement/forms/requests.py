"""The steps of a request, and what is done to it once it is written."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils import timezone

from engagement.choices import Method
from engagement.models import EngagementRequest, MarketQuestion
from engagement.rules import suggested_closing, suggested_questions_close
from portal.govuk.forms import GovukDateField, GovukDateTimeField, GovukForm, MoneyField, StepForm
from techmap.forms import CapabilitiesField


class StartForm(GovukForm, forms.Form):
    title = forms.CharField(
        label="What is the request about?",
        max_length=150,
        help_text="A short title that a supplier would search for, such as 'Finding empty homes from open data'.",
        error_messages={"required": "Enter a title"},
    )
    # From a page that leads here with `?capability=`, such as a gap in the techmap.
    capabilities = CapabilitiesField(to_field_name="code", required=False, widget=forms.MultipleHiddenInput)
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class RequestStepForm(StepForm):
    class Meta:
        model = EngagementRequest
        fields: list[str] = []


class AboutForm(RequestStepForm):
    class Meta(RequestStepForm.Meta):
        fields = ["title", "problem", "outcome_wanted", "stage", "region"]
        labels = {
            "title": "Title",
            "problem": "What is the problem?",
            "outcome_wanted": "What outcome do you want?",
            "stage": "How far has the policy or service come?",
            "region": "Where is the service used? (optional)",
        }
        help_texts = {
            "problem": "Who has it, how often, and what it costs them. Leave the solution to suppliers.",
            "outcome_wanted": "What will be different for people, and how you will know.",
            "region": "Leave empty if it is used across the United Kingdom.",
        }
        widgets = {"stage": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stage = self.fields["stage"]
        stage.choices = [choice for choice in stage.choices if choice[0]]  # type: ignore[attr-defined]


class CapabilitiesForm(RequestStepForm):
    capabilities = CapabilitiesField(
        label="Which capabilities does the request concern?",
        required=False,
        help_text="Suppliers who offer or follow them are told when you publish.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["capabilities"] = list(self.instance.capabilities.values_list("pk", flat=True))


class ProcessForm(RequestStepForm):
    methods = forms.MultipleChoiceField(
        label="What kind of engagement is it?",
        choices=Method.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="Select all that apply.",
    )

    class Meta(RequestStepForm.Meta):
        fields = ["methods", "process"]
        labels = {"process": "How will it run?"}
        help_texts = {"process": "What you ask suppliers to do, by when, and how much time it will take them."}


class ValueForm(RequestStepForm):
    value_low = MoneyField(label="Lowest likely value (optional)", required=False)
    value_high = MoneyField(label="Highest likely value (optional)", required=False)
    contract_start = GovukDateField(label="Likely contract start (optional)", required=False)
    contract_end = GovukDateField(label="Likely contract end (optional)", required=False)

    class Meta(RequestStepForm.Meta):
        fields = ["value_low", "value_high", "contract_start", "contract_end", "related_contract"]
        labels = {"related_contract": "Related contract (optional)"}
        help_texts = {"related_contract": "The OCID or title of a contract that this follows or concerns."}


class DatesForm(RequestStepForm):
    opens_at = GovukDateTimeField(
        label="When does it open? (optional)", required=False, help_text="Leave empty to open when you publish."
    )
    questions_close_at = GovukDateTimeField(
        label="When do questions close?",
        required=False,
        help_text="At least 2 working days before the request closes.",
    )
    closes_at = GovukDateTimeField(
        label="When does the request close?",
        required=False,
        help_text="At least 14 days after it opens. One second later is late.",
    )

    class Meta(RequestStepForm.Meta):
        fields = ["opens_at", "questions_close_at", "closes_at"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the earliest fair deadlines where there are none yet."""
        super().__init__(*args, **kwargs)
        closes = self.instance.closes_at or suggested_closing(self.instance.opens_at or timezone.now())
        self.initial["closes_at"] = closes
        self.initial["questions_close_at"] = self.instance.questions_close_at or suggested_questions_close(closes)


class ContactForm(RequestStepForm):
    class Meta(RequestStepForm.Meta):
        fields = ["contact_name", "contact_email"]
        labels = {"contact_name": "Name of the contact", "contact_email": "E-mail address for suppliers"}
        help_texts = {"contact_email": "It is published. A team address outlives a person's."}


class MarketQuestionForm(GovukForm, forms.ModelForm):
    options = forms.CharField(
        label="Choices",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="One a line. Only for 'One of a list'.",
    )
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = MarketQuestion
        fields = ["text", "answer_type", "options", "is_required"]
        labels = {
            "text": "What do you want to learn?",
            "answer_type": "What kind of answer?",
            "is_required": "Every response must answer this",
        }
        widgets = {"answer_type": forms.RadioSelect, "text": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["options"] = "\n".join(self.instance.options)
        self.initial["version"] = self.instance.version

    def clean_options(self) -> list[str]:
        lines = [line.strip() for line in self.cleaned_data["options"].splitlines()]
        return list(dict.fromkeys(line for line in lines if line))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        options = data.get("options", [])
        if data.get("answer_type") == "choice" and len(options) < 2:
            self.add_error("options", "Enter at least two choices, one a line")
        if data.get("answer_type") != "choice":
            data["options"] = []
        return data


class WithdrawForm(GovukForm, forms.Form):
    reason = forms.CharField(
        label="Why is the request withdrawn?",
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=1000,
        help_text="Everyone can read this. Those who took part are told.",
        error_messages={"required": "Say why, so that those who gave their time know"},
    )
