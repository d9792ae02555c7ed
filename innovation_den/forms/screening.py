"""What people write when they screen pitches, and when a firm appeals."""

from __future__ import annotations

import uuid
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from innovation_den.choices import Verdict
from innovation_den.models import Pitch
from innovation_den.queries.screening import Stage
from portal.govuk.forms import GovukForm

MOST_WORDS = 8
UPHELD, REFUSED = "upheld", "refused"


class ScreeningFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label="Title or firm", method="with_words")
    stage = django_filters.ChoiceFilter(label="How far it is", choices=Stage.choices, empty_label="All")

    class Meta:
        model = Pitch
        fields: list[str] = []

    def with_words(self, pitches: QuerySet[Pitch], _name: str, words: str) -> QuerySet[Pitch]:
        for word in words.split()[:MOST_WORDS]:
            pitches = pitches.filter(Q(title__icontains=word) | Q(firm__name__icontains=word))
        return pitches


class ViewForm(GovukForm, forms.Form):
    verdict = forms.ChoiceField(
        label="Should the firm be invited to pitch?",
        choices=Verdict.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose whether the firm should be invited"},
    )
    reason = forms.CharField(
        label="Why?",
        max_length=3000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="Say what speaks for it or against it, by what the call asks. "
        "Nobody reads this before the other person has given their view. You cannot change it afterwards.",
        error_messages={"required": "Say why, so that the decision can be explained"},
    )
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class LetterForm(GovukForm, forms.Form):
    """Both say no. What the firm reads is made from both reasons, for a person to put into one voice."""

    reason = forms.CharField(
        label="What the firm will read",
        max_length=3000,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text="Begins with what the two wrote. Make it one text that helps the firm. Names are not told.",
        error_messages={"required": "Say why, as the firm will read it"},
    )


class SettleForm(LetterForm):
    """The two differ: the owner decides."""

    verdict = forms.ChoiceField(
        label="What do you decide?",
        choices=Verdict.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose whether the firm is invited"},
    )

    field_order = ["verdict", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = "Why? The firm will read this"
        self.fields["reason"].help_text = ""


class AppealForm(GovukForm, forms.Form):
    text = forms.CharField(
        label="Why should the decision be different?",
        max_length=3000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text="Say what was overlooked or misread in your pitch. You cannot change the pitch itself.",
        error_messages={"required": "Say why the decision should be different"},
    )
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class AppealAnswerForm(GovukForm, forms.Form):
    decision = forms.ChoiceField(
        label="What do you decide?",
        choices=[(UPHELD, "Uphold the appeal: the firm is invited"), (REFUSED, "Refuse it: the decision stands")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose whether the appeal is upheld"},
    )
    answer = forms.CharField(
        label="Why? The firm will read this",
        max_length=3000,
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={"required": "Say why, as the firm will read it"},
    )
