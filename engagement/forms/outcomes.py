"""You said, we did."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms

from engagement.choices import Decision
from engagement.models import Outcome, Response, Theme
from portal.govuk.forms import GovukForm


class OutcomeForm(GovukForm, forms.ModelForm):
    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = Outcome
        fields = ["summary", "next_steps"]
        labels = {"summary": "What did you hear?", "next_steps": "What happens next? (optional)"}
        help_texts = {
            "summary": "A few sentences. Leave out what would name a supplier or repeat a confidential answer.",
            "next_steps": "For example when a tender notice is likely.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["version"] = self.instance.version


class ThemeForm(GovukForm, forms.ModelForm):
    decision = forms.ChoiceField(label="What did you do?", choices=Decision.choices, widget=forms.RadioSelect)
    responses = forms.ModelMultipleChoiceField(
        label="Which responses raised it?",
        queryset=Response.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="Only the number is published. Each of these suppliers sees that it was heard.",
    )
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = Theme
        fields = ["heard", "responses", "decision", "explanation"]
        labels = {"heard": "What did suppliers say?", "explanation": "What changed or did not, and why?"}
        widgets = {"heard": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, submitted: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["responses"]
        field.queryset = submitted  # type: ignore[attr-defined]
        field.label_from_instance = lambda response: str(response.supplier)  # type: ignore[attr-defined]
        self.initial["version"] = self.instance.version
        if self.instance.pk:
            self.initial["responses"] = list(self.instance.responses.values_list("pk", flat=True))

    @property
    def words(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("heard", "decision", "explanation")}
