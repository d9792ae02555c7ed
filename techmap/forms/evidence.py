"""How a list of evidence is narrowed."""

from __future__ import annotations

from django import forms

from portal.organisations.models import Organisation
from techmap.choices import EvidenceKind
from techmap.queries.evidence import capabilities_with_evidence


class EvidenceFilterForm(forms.Form):
    """Kinds, and the capabilities that the supplier has evidence for."""

    kind = forms.ChoiceField(label="Kind", choices=[("", "All kinds"), *EvidenceKind.choices], required=False)
    capability = forms.ChoiceField(label="Capability", required=False)

    def __init__(self, *args: object, supplier: Organisation, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        known = capabilities_with_evidence(supplier).values_list("code", "name")
        self.fields["capability"].choices = [("", "All capabilities"), *known]  # type: ignore[attr-defined]

    def chosen(self) -> dict[str, str]:
        """What was chosen and is known; the rest is passed over, so that an old address still answers."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}
