"""Choosing a CSV file with contracts, milestones or indicators."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from portal.files.forms import UploadField
from portal.files.kinds import size_text, too_large_text
from portal.govuk.forms import GovukForm
from reporting.contract_files.columns import MOST_ROWS

LARGEST = 10 * 1024 * 1024  # bytes
GOOD, NOTHING = "good", "nothing"


class CsvField(UploadField):
    """One CSV file. It is read while the person waits and not kept, so it is smaller than others."""

    def __init__(self, **kwargs: Any) -> None:
        words = f"A CSV file with {MOST_ROWS:,} rows at most, no larger than {size_text(LARGEST)}."
        super().__init__(**({"help_text": words} | kwargs))

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {"accept": ".csv"}

    @staticmethod
    def _look_over(uploads: list[UploadedFile]) -> None:
        for upload in uploads:
            if (upload.size or 0) > LARGEST:
                raise forms.ValidationError(too_large_text(upload.name or "", upload.size or 0, LARGEST))


class ContractFileForm(GovukForm, forms.Form):
    file = CsvField(label="CSV file")
    keep = forms.ChoiceField(
        label="If something in the file is wrong",
        choices=[
            (NOTHING, "Take in nothing until every row is right"),
            (GOOD, "Take in the rows that are right now"),
        ],
        initial=NOTHING,
        widget=forms.RadioSelect,
    )
