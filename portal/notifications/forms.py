"""The form of preferences: one question for each kind of notice."""

from __future__ import annotations

from typing import Any

from django import forms

from portal.notifications.choices import CHOOSABLE, Frequency


class PreferencesForm(forms.Form):
    """A field for each kind that may be chosen, named by the kind."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in CHOOSABLE:
            self.fields[kind.value] = forms.ChoiceField(
                label=kind.label,
                choices=Frequency.choices,
                widget=forms.RadioSelect,
                error_messages={
                    "required": f"Choose how you want e-mails about “{kind.label}”",
                    "invalid_choice": f"Choose how you want e-mails about “{kind.label}” from the list",
                },
            )
