"""What a party says to a question that the figures of its contract raise."""

from __future__ import annotations

from django import forms

from portal.govuk.forms import GovukForm


class FlagAnswerForm(GovukForm, forms.Form):
    submission_key = forms.UUIDField(widget=forms.HiddenInput)
    text = forms.CharField(
        label="Your answer",
        help_text="Both parties and the portal's staff see it, with your organisation's name. It cannot be changed "
        "afterwards; a further one can follow.",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": "Enter your answer"},
    )
