"""The web form of each of the standard's tables, made from the standard."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from portal.govuk.forms import GovukForm
from portal.govuk.widgets import DateInput
from portal.refusals import Reason, Refused
from reporting.standards import CodeList, Field, Standard, Table
from reporting.standards.values import Unfit, Value, reader


class StandardField(forms.Field):
    """One field of the standard, read by the same reader as a cell of a spreadsheet."""

    def __init__(self, item: Field, codes: CodeList | None, **kwargs: Any) -> None:
        super().__init__(required=False, label=item.label, help_text=item.help, widget=_widget(item, codes), **kwargs)
        self.item, self.codes = item, codes
        self.read = reader(item, codes)

    def to_python(self, value: Any) -> Value:
        try:
            return self.read(_joined(value))
        except Unfit as unfit:
            raise ValidationError(f"{self.label}: {unfit}") from None

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, bool):
            return "yes" if value else "no"
        return value


def _joined(value: Any) -> Any:
    """A date comes in three parts."""
    if isinstance(value, list | tuple):
        return "/".join(str(part) for part in value) if any(value) else None
    return value


def _widget(item: Field, codes: CodeList | None) -> forms.Widget:
    match item.type:
        case "date":
            return DateInput()
        case "yesno":
            return forms.RadioSelect(choices=[("yes", "Yes"), ("no", "No")])
        case "code" if codes:
            return forms.Select(choices=[("", "Choose"), *codes.values])
        case "money":
            return forms.TextInput(attrs={"inputmode": "decimal", "class": "govuk-input--width-10"})
        case "number" | "count" | "percentage":
            return forms.TextInput(attrs={"inputmode": "decimal", "class": "govuk-input--width-5"})
    return forms.Textarea(attrs={"rows": 4}) if item.long else forms.TextInput()


def table_form(table: Table, standard: Standard, *, without: frozenset[str] = frozenset()) -> type[forms.Form]:
    """A form of the table's fields, with the version that it was opened with."""
    fields: dict[str, Any] = {"version": forms.IntegerField(widget=forms.HiddenInput)}
    for item in table.fields:
        if item.name not in without:
            fields[item.name] = StandardField(item, standard.codes.get(item.codes))
    return type(f"{table.name.title()}Form", (GovukForm, forms.Form), fields)


class VersionForm(forms.Form):
    """What a button without further fields was shown with."""

    version = forms.IntegerField(min_value=0)


class AnswerForm(forms.Form):
    """What the supplier says to a question of a check."""

    check_id = forms.CharField(max_length=60)
    table = forms.CharField(max_length=40)
    row = forms.IntegerField(min_value=0, max_value=2_147_483_647, required=False)
    text = forms.CharField(max_length=1000, required=False)

    def add_prefix(self, field_name: str) -> str:
        """The page calls it `check`."""
        return "check" if field_name == "check_id" else field_name

    def said(self) -> dict[str, Any]:
        """Raises `Refused` with whatever cannot be read."""
        if not self.is_valid():
            raise Refused([Reason(str(text), name) for name, texts in self.errors.items() for text in texts])
        return self.cleaned_data | {"row": self.cleaned_data["row"] or 0}


class LineForm(GovukForm, forms.Form):
    """Which line to take out."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    number = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class ReasonForm(GovukForm, forms.Form):
    """What the supplier should correct."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label="What should be corrected?",
        help_text="The supplier reads this. A draft with the same words is made for it.",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )


class CorrectionForm(GovukForm, forms.Form):
    reason = forms.CharField(
        label="Why must it be corrected?", max_length=1000, widget=forms.Textarea(attrs={"rows": 4})
    )
