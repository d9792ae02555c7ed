"""Choosing a decision, editing its letter, changing a score after the discussion, and saying how many may win."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms

from innovation_den.choices import Award
from innovation_den.forms.sheets import steps_of
from innovation_den.models import Criterion
from portal.govuk.forms import GovukForm

MOST_PLACES = 500


class DecisionForm(GovukForm, forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    award = forms.ChoiceField(
        label="What is decided?",
        choices=Award.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what is decided"},
    )
    reason = forms.CharField(
        label="Why?",
        help_text="The firm reads it in its letter, and the public in the record. Name no panellist.",
        max_length=3000,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": "Enter the reason. The firm and the public read it"},
    )


class LetterForm(GovukForm, forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    letter = forms.CharField(
        label="The letter",
        help_text="Plain text. Once you save it, it stays as you wrote it, whatever changes in scores or reasons.",
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 30}),
        error_messages={"required": "Enter the letter"},
    )


class ModerationForm(GovukForm, forms.Form):
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    value = forms.TypedChoiceField(
        label="What do you give now?",
        widget=forms.RadioSelect,
        coerce=int,
        empty_value=None,
        error_messages={"required": "Choose a score"},
    )
    reason = forms.CharField(
        label="What changed your mind?",
        help_text="The firm reads it, without your name, in place of your first reason. The first stays on the record.",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Enter the reason for the change"},
    )

    def __init__(self, *args: Any, criterion: Criterion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        value: Any = self.fields["value"]
        value.choices, value.required = steps_of(criterion), not criterion.is_optional


class PlacesForm(GovukForm, forms.Form):
    """Where the selection line lies: part of the address, kept nowhere."""

    places = forms.IntegerField(
        label="How many may be selected?", min_value=1, max_value=MOST_PLACES, widget=forms.NumberInput
    )

    @property
    def chosen(self) -> int | None:
        return self.cleaned_data["places"] if self.is_valid() else None
