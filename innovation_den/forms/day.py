"""What is asked on the day: why a panellist steps back, and who takes a seat."""

from __future__ import annotations

from typing import Any

from django import forms

from innovation_den.models import Panellist
from portal.govuk.forms import GovukForm

NOBODY = "nobody"
GONE = "They are no longer free. Choose somebody else"


def names_of(panellists: list[Panellist]) -> list[tuple[str, str]]:
    return [(str(one.pk), f"{one.name} ({one.get_sector_display()})") for one in panellists]


class StepBackForm(GovukForm, forms.Form):
    """The host chooses who sits in. Whoever steps back alone is followed by the first who is free."""

    reason = forms.CharField(
        label="Why?",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="A short reason, such as an interest that has only now come to light. It stands in the record.",
        error_messages={"required": "Say why, for the record"},
    )

    def __init__(self, *args: Any, free: list[Panellist], chooses: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.free = {str(one.pk): one for one in free}
        self.chooses = chooses
        if chooses:
            names = names_of(free)
            self.fields["into"] = forms.ChoiceField(
                label="Who takes the seat?",
                choices=[*names, (NOBODY, "Nobody: the panel is one short")],
                initial=names[0][0] if names else NOBODY,
                widget=forms.RadioSelect,
                error_messages={"invalid_choice": GONE},
            )

    @property
    def replacements(self) -> list[Panellist]:
        """In the order in which they are asked."""
        if not self.chooses:
            return list(self.free.values())
        chosen = self.free.get(self.cleaned_data["into"])
        return [chosen] if chosen else []


class FillSeatForm(GovukForm, forms.Form):
    """Who of those that are free takes an empty seat."""

    into = forms.ChoiceField(
        label="Who takes the seat?",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose who takes the seat", "invalid_choice": GONE},
    )

    def __init__(self, *args: Any, free: list[Panellist], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.free = {str(one.pk): one for one in free}
        self.fields["into"].choices = names_of(free)  # type: ignore[attr-defined]

    @property
    def chosen(self) -> Panellist:
        return self.free[self.cleaned_data["into"]]
