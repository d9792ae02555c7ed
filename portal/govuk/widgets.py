"""Inputs that Django does not have. They are drawn by `templates/govuk/widgets/`."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.utils import timezone

from portal.govuk.dates import clock_text
from portal.govuk.formats import money


class DateInput(forms.MultiWidget):
    """Day, month and year. In the form's data: `<name>_day`, `<name>_month`, `<name>_year`."""

    template_name = "govuk/widgets/date.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(dict.fromkeys(self.parts(), forms.TextInput), attrs)

    @classmethod
    def parts(cls) -> tuple[str, ...]:
        return "day", "month", "year"

    def decompress(self, value: Any) -> list[str]:
        if isinstance(value, datetime.datetime):
            value = timezone.localtime(value) if timezone.is_aware(value) else value
        if not isinstance(value, datetime.date):
            return [""] * len(self.widgets)
        return [str(value.day), str(value.month), str(value.year)]

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        return [(text or "").strip() for text in super().value_from_datadict(data, files, name)]


class DateTimeInput(DateInput):
    """A date and `<name>_time`, a time in words such as 5pm."""

    @classmethod
    def parts(cls) -> tuple[str, ...]:
        return "day", "month", "year", "time"

    def decompress(self, value: Any) -> list[str]:
        parts = super().decompress(value)[:3]
        if not isinstance(value, datetime.datetime):
            return [*parts, ""]
        return [*parts, clock_text(timezone.localtime(value) if timezone.is_aware(value) else value)]


class MoneyInput(forms.TextInput):
    """A sum with £ before it."""

    template_name = "govuk/widgets/money.html"

    def format_value(self, value: Any) -> str | None:
        """A stored sum without its £; what a person typed stays as it was."""
        if value is None or isinstance(value, str):
            return value
        return money(value).removeprefix("£")
