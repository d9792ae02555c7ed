"""How staff decide whether two suppliers are one."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from portal.organisations.models import Organisation
from techmap.choices import MatchState
from techmap.models import NameMatch
from techmap.queries.matches import Pair

SAME, DIFFERENT = "same", "different"
SCORES = [("100", "Only the kind of company differs (100)"), ("95", "95 or more"), ("90", "90 or more")]


class MatchFilter(django_filters.FilterSet):
    """Pairs that wait, unless another state is asked for."""

    q = django_filters.CharFilter(label="Name", method="named")
    state = django_filters.ChoiceFilter(label="State", choices=MatchState.choices, empty_label="All")
    score = django_filters.ChoiceFilter(
        label="How alike", choices=SCORES, lookup_expr="gte", empty_label="All that are alike"
    )

    class Meta:
        model = NameMatch
        fields: list[str] = []

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        data = data.copy() if data else {}
        data.setdefault("state", MatchState.WAITING)
        super().__init__(data, *args, **kwargs)

    def named(self, matches: QuerySet[NameMatch], _name: str, words: str) -> QuerySet[NameMatch]:
        """Either name has the words."""
        return matches.filter(Q(first__name__icontains=words) | Q(second__name__icontains=words))


class DecisionForm(forms.Form):
    """One or two; where one, which record is kept. The one with people, checked or with most evidence stands first."""

    decision = forms.ChoiceField(
        label="Are they one supplier?",
        choices=[(SAME, "Yes, they are one supplier"), (DIFFERENT, "No, they are two suppliers")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose whether they are one supplier or two"},
    )
    kept = forms.TypedChoiceField(
        label="If they are one, which record is kept?",
        coerce=int,
        required=False,
        empty_value=None,
        widget=forms.RadioSelect,
        help_text="It gets the other's evidence, guesses, numbers and names. You can undo this later.",
    )

    def __init__(self, *args: Any, pair: Pair, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        able = pair.keepable
        self.suppliers = {facts.supplier.pk: facts.supplier for facts in able}
        choices = [(facts.supplier.pk, f"{facts.supplier}, number {facts.supplier.pk}") for facts in able]
        self.fields["kept"].choices = choices  # type: ignore[attr-defined]
        if able:
            self.initial["kept"] = able[0].supplier.pk
        else:
            del self.fields["kept"]
            self.fields["decision"].choices = [(DIFFERENT, "No, they are two suppliers")]  # type: ignore[attr-defined]

    def clean(self) -> None:
        if self.cleaned_data.get("decision") == SAME and not self.cleaned_data.get("kept") and not self.errors:
            self.add_error("kept", "Choose which record is kept")

    def kept_supplier(self) -> Organisation | None:
        if self.cleaned_data["decision"] != SAME:
            return None
        return self.suppliers[self.cleaned_data["kept"]]
