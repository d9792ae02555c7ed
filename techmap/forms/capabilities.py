"""Finding a capability."""

from __future__ import annotations

from django import forms


class CapabilitySearchForm(forms.Form):
    q = forms.CharField(label="Find a capability", max_length=60, required=False)
