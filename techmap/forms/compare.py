"""Finding one more supplier to compare."""

from __future__ import annotations

from django import forms

from portal.govuk.forms import GovukForm


class AddForm(GovukForm, forms.Form):
    name = forms.CharField(
        label="Add a supplier",
        help_text="Enter its name, or a part of it.",
        max_length=200,
        error_messages={"required": "Enter the name of a supplier, or a part of it"},
    )
