"""Form fields that read what people write, and words for what they forgot."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from portal.govuk.dates import UnclearError, london, read_clock, read_day
from portal.govuk.widgets import DateInput, DateTimeInput, MoneyInput

SUM = re.compile(r"\d+(\.\d+)?|\d{1,3}(,\d{3})+(\.\d+)?")
PENNY = Decimal("0.01")
DJANGO_REQUIRED = str(forms.Field.default_error_messages["required"])


def subject_of(field: forms.Field, otherwise: str) -> str:
    """What an error speaks of: the field's label, unless that is a question."""
    label = str(field.label or "")
    return label if label and not label.endswith("?") else otherwise


def lower_first(text: str) -> str:
    """The text inside a sentence; an abbreviation such as VAT keeps its capitals."""
    return text if text[1:2].isupper() or text.startswith("I ") else text[:1].lower() + text[1:]


class _PartsField(forms.Field):
    """A field whose widget gives a list of texts."""

    kind = "Date"

    def parse(self, parts: list[str]) -> Any:
        raise NotImplementedError

    def to_python(self, value: Any) -> Any:
        if not isinstance(value, list | tuple):
            return value or None
        if not any(value):
            return None
        try:
            return self.parse(list(value))
        except UnclearError as error:
            raise ValidationError(f"{subject_of(self, self.kind)} {error}", code="invalid") from None

    def validate(self, value: Any) -> None:
        if value is None and self.required and self.error_messages["required"] == DJANGO_REQUIRED:
            raise ValidationError(f"Enter the {lower_first(subject_of(self, self.kind))}", code="required")
        super().validate(value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data) != initial)
        except ValidationError:
            return True


class GovukDateField(_PartsField):
    """A date in three parts. Months may be words. Gives a `date`, or None where it is left empty."""

    widget = DateInput

    def parse(self, parts: list[str]) -> datetime.date:
        return read_day(*parts)


class GovukDateTimeField(_PartsField):
    """A date and a time on London's clocks. Gives an aware `datetime`, or None where it is left empty."""

    widget = DateTimeInput
    kind = "Date and time"

    def parse(self, parts: list[str]) -> datetime.datetime:
        *date_parts, time_text = parts
        date = read_day(*date_parts)
        if not time_text:
            raise UnclearError("must include a time, like 5pm or 17:30")
        return london(date, read_clock(time_text))


class MoneyField(forms.DecimalField):
    """A sum in pounds: £1,200.50, 1200.5 or 1 200. Gives a `Decimal` of 2 places."""

    widget = MoneyInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_digits": 14, "decimal_places": 2, "min_value": 0, **kwargs})

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        if value in self.empty_values:
            return None
        if isinstance(value, str):
            value = re.sub(r"[\s£]", "", value)
            if not SUM.fullmatch(value):
                words = f"{subject_of(self, 'Amount')} must be an amount of money, like 1,200 or 1200.50"
                raise ValidationError(words, code="invalid")
            value = value.replace(",", "")
        amount = super().to_python(value)
        # With more than 2 places it goes on as it is, to the validator that says so.
        return amount.quantize(PENNY) if amount is not None and amount == round(amount, 2) else amount


def required_message(field: forms.Field) -> str:
    """What to say of a field that was left empty, by its kind and its label."""
    label = str(field.label or "")
    if not label or label.endswith("?"):
        return f"Answer the question “{label}”" if label else DJANGO_REQUIRED
    if isinstance(field, forms.BooleanField):
        return f"Tick the box to continue: {lower_first(label)}"
    choose = isinstance(field, forms.ChoiceField | forms.ModelChoiceField | forms.FileField)
    return f"{'Select' if choose else 'Enter'} the {lower_first(label)}"


def plain_words(field: forms.Field) -> dict[str, str]:
    """What to say of a value that a validator refuses, by the validator's code."""
    subject = subject_of(field, "Your answer").replace("%", "%%")
    words = {
        "max_length": f"{subject} must be %(limit_value)d characters or fewer",
        "min_length": f"{subject} must be %(limit_value)d characters or more",
        "min_value": f"{subject} must be %(limit_value)s or more",
        "max_value": f"{subject} must be %(limit_value)s or less",
        "max_decimal_places": f"{subject} must have no more than %(max)s decimal places",
        "max_digits": f"{subject} must have no more than %(max)s digits",
        "max_whole_digits": f"{subject} must have no more than %(max)s digits before the point",
    }
    if isinstance(field, forms.EmailField):
        words["invalid"] = "Enter an email address in the correct format, like name@example.com"
    return words


if TYPE_CHECKING:
    _Base = forms.BaseForm
else:
    _Base = object


class GovukForm(_Base):
    """A mixin for forms: plain words for empty fields, and no checks by the browser.

    With `mark_optional = True` the label of each field that may stay empty says so.
    """

    use_required_attribute = False
    mark_optional = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.is_bound and isinstance(self.data, QueryDict):
            self.data = with_single_line_ends(self.data)
        for name, field in self.fields.items():
            if field.label is None:
                field.label = name.replace("_", " ").capitalize()
            if str(field.error_messages.get("required")) == DJANGO_REQUIRED:
                field.error_messages["required"] = required_message(field)
            for code, words in plain_words(field).items():
                field.error_messages.setdefault(code, words)


class StepForm(GovukForm, forms.ModelForm):
    """One step of a draft. It carries the version that it was opened with."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["version"] = self.instance.version

    @property
    def fields_to_save(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}


def with_single_line_ends(data: QueryDict) -> QueryDict:
    """Browsers send a line end as two characters, which the count on the page takes as one."""
    if not any("\r\n" in text for texts in data.lists() for text in texts[1] if isinstance(text, str)):
        return data
    copy = data.copy()
    for name, texts in data.lists():
        copy.setlist(name, [text.replace("\r\n", "\n") if isinstance(text, str) else text for text in texts])
    return copy
