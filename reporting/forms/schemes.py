"""A scheme: the programme that groups contracts."""

from __future__ import annotations

from typing import Any

from django import forms

from portal.govuk.forms import GovukForm
from reporting.models import Scheme


class SchemeForm(GovukForm, forms.Form):
    mark_optional = True

    version = forms.IntegerField(widget=forms.HiddenInput, initial=0)
    submission_key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    name = forms.CharField(label="Name of the scheme", max_length=200)
    category = forms.CharField(
        label="Category", help_text="For example ICT or Transformation.", max_length=120, required=False
    )
    aims = forms.CharField(label="Aims", max_length=10_000, required=False, widget=forms.Textarea(attrs={"rows": 5}))

    def details(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("name", "category", "aims")}

    @classmethod
    def showing(cls, scheme: Scheme) -> SchemeForm:
        return cls(initial={name: getattr(scheme, name) for name in ("version", "name", "category", "aims")})
