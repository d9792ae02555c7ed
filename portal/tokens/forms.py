"""The form for a new token."""

from __future__ import annotations

import uuid

from django import forms

from portal.tokens.choices import Life, Scope


class TokenForm(forms.Form):
    name = forms.CharField(
        label="What will use the token",
        max_length=80,
        help_text="For example the finance system. The audit names it.",
        error_messages={"required": "Enter what will use the token"},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label="What it may do",
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose what the token may do"},
    )
    days = forms.TypedChoiceField(
        label="How long it works",
        choices=Life.choices,
        coerce=int,
        initial=Life.QUARTER,
        help_text="We e-mail the owners 14 days before it ends.",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how long the token works"},
    )
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
