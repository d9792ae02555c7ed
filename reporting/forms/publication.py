"""What is held back of a contract, and why it is taken back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.forms import BoundField

from portal.govuk.forms import GovukForm
from reporting.choices import Ground
from reporting.models import Redaction
from reporting.publication.places import LONGEST_WORDS, HeldBack, Place, name_of, places
from reporting.standards import Standard, Table

PUBLISHED = ("", "Publish it")


class PublishForm(GovukForm, forms.Form):
    """A ground and words for every table and field of the standard; no ground means that it is published."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    submission_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, standard: Standard, **kwargs: Any) -> None:
        self._places: list[tuple[Table, list[tuple[Place, str]]]] = places(standard)
        super().__init__(*args, **kwargs)
        for _, of_table in self._places:
            for place, label in of_table:
                name = name_of(*place)
                self.fields[f"ground_{name}"] = forms.ChoiceField(
                    label=label, choices=[PUBLISHED, *Ground.choices], required=False
                )
                self.fields[f"words_{name}"] = forms.CharField(label="Reason", required=False, max_length=LONGEST_WORDS)

    def held_back(self) -> list[HeldBack]:
        """What was chosen. Words without a ground hold nothing back."""
        return [
            HeldBack(*place, self.cleaned_data[f"ground_{name}"], self.cleaned_data[f"words_{name}"])
            for _, of_table in self._places
            for place, _ in of_table
            if self.cleaned_data[f"ground_{(name := name_of(*place))}"]
        ]

    @property
    def groups(self) -> list[tuple[Table, list[tuple[BoundField, BoundField]], bool]]:
        """Each table with its pairs of fields, and whether anything in it is chosen or wrong."""
        found = []
        for table, of_table in self._places:
            pairs = [(self[f"ground_{name_of(*place)}"], self[f"words_{name_of(*place)}"]) for place, _ in of_table]
            is_open = any(ground.value() or ground.errors or words.errors for ground, words in pairs)
            found.append((table, pairs, is_open))
        return found

    @staticmethod
    def showing(redactions: Iterable[Redaction]) -> dict[str, str]:
        """The fields' values for what is held back now."""
        values: dict[str, str] = {}
        for one in redactions:
            name = name_of(one.table, one.field)
            values |= {f"ground_{name}": one.ground, f"words_{name}": one.reason}
        return values


class TakeBackForm(GovukForm, forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label="Why is the contract taken back?",
        help_text="Everybody will read this where the contract was. Don't repeat what should not be known.",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
