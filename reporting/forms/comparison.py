"""What may be asked of a comparison and of the cost explorer. Both read their form from the address."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone

from portal.govuk.forms import GovukForm
from reporting import standards
from reporting.comparison.asked import PEERS, Asked
from reporting.comparison.costs import BY, DAY_RATE, MEASURES
from reporting.comparison.kinds import BAND_WORDS
from reporting.comparison.prices import deflator

MOST_CODES = 50  # of an address
LONGEST_CODE = 80


class CompareForm(GovukForm, forms.Form):
    """What is compared stands beside it, as `scheme` and `contract`."""

    known = forms.DateField(
        label="As known on",
        required=False,
        input_formats=["%Y-%m-%d", "%d/%m/%Y"],
        help_text="Without what came after that day.",
        widget=forms.DateInput(attrs={"type": "date", "class": "govuk-input--width-10"}, format="%Y-%m-%d"),
        error_messages={"invalid": "As known on must be a real date, like 2026-11-01"},
    )
    prices = forms.ChoiceField(label="Prices", required=False)
    peers = forms.ChoiceField(
        label="Peers share the same",
        required=False,
        choices=[(code, words.removeprefix("the same ").capitalize()) for code, (_, words) in PEERS.items()],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["prices"].choices = price_choices()  # type: ignore[attr-defined]

    def clean_known(self) -> date | None:
        day: date | None = self.cleaned_data["known"]
        if day and day > timezone.localdate():
            raise forms.ValidationError("As known on must be today or a day that is over")
        if day and day.year < 2000:
            raise forms.ValidationError("As known on must be in 2000 or later")
        return day


def price_choices() -> list[tuple[str, str]]:
    years = reversed(deflator().years)
    return [("", "As paid (nominal)"), *((year, f"Of {year} (real)") for year in years)]


def asked_of(params: QueryDict) -> tuple[Asked, CompareForm]:
    """What the address asks for. What is said wrongly counts as not said, and the form says why."""
    form = CompareForm(params)
    form.is_valid()
    said = form.cleaned_data
    known = said.get("known")
    return (
        Asked(
            schemes=codes_in(params, "scheme"),
            contracts=codes_in(params, "contract"),
            known=None if known == timezone.localdate() else known,
            base=said.get("prices", ""),
            peers=said.get("peers", ""),
        ),
        form,
    )


def codes_in(params: QueryDict, name: str) -> tuple[str, ...]:
    """Each once, in the order given. PostgreSQL holds no NUL."""
    said = (text.strip() for text in params.getlist(name)[:MOST_CODES])
    return tuple(dict.fromkeys(text for text in said if text and len(text) <= LONGEST_CODE and "\0" not in text))


class CostForm(GovukForm, forms.Form):
    """What the cost explorer shows. Which categories there are is known from the contracts."""

    measure = forms.ChoiceField(
        label="Show",
        required=False,
        choices=[*((one.name, one.label) for one in MEASURES.values()), (DAY_RATE, "Day rate, by role")],
    )
    by = forms.ChoiceField(label="By", required=False, choices=[(code, words) for code, (words, _) in BY.items()])
    category = forms.ChoiceField(label="Category", required=False)
    phase = forms.ChoiceField(label="Phase", required=False)
    size = forms.ChoiceField(
        label="Size", required=False, choices=[("", "All"), *((code, words) for code, words in BAND_WORDS.items())]
    )
    prices = forms.ChoiceField(label="Prices", required=False)

    def __init__(self, params: QueryDict, categories: list[str]) -> None:
        super().__init__(params)
        phases = standards.latest().codes["phase"].values
        choices = {
            "category": [("", "All"), *((name, name) for name in categories)],
            "phase": [("", "All"), *phases],
            "prices": price_choices(),
        }
        for name, given in choices.items():
            self.fields[name].choices = given  # type: ignore[attr-defined]
        self.is_valid()

    def said(self, name: str, otherwise: str = "") -> str:
        """What is said wrongly counts as not said."""
        return str(self.cleaned_data.get(name) or otherwise)
