"""Asking, answering, declining and merging questions."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms

from engagement.choices import QuestionState
from engagement.models import Question
from portal.govuk.forms import GovukForm


class AskForm(GovukForm, forms.Form):
    text = forms.CharField(
        label="Your question",
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=1500,
        help_text="Everyone will read the question and its answer. Nobody is told who asked, "
        "so leave out what would name your firm.",
        error_messages={"required": "Enter your question"},
    )
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class AnswerForm(GovukForm, forms.Form):
    answer = forms.CharField(
        label="Your answer",
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=5000,
        help_text="It goes to everyone at once.",
        error_messages={"required": "Enter an answer"},
    )


class DeclineForm(GovukForm, forms.Form):
    reason = forms.CharField(
        label="Why is it not answered?",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
        help_text="Everyone can read this.",
        error_messages={"required": "Say why the question is not answered"},
    )


class MergeForm(GovukForm, forms.Form):
    into = forms.ModelChoiceField(
        label="Which question is it the same as?",
        queryset=Question.objects.none(),
        empty_label="Choose a question",
        error_messages={"required": "Choose a question"},
    )

    def __init__(self, *args: Any, question: Question, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = question.request.questions.exclude(pk=question.pk).exclude(state=QuestionState.MERGED)
        self.fields["into"].queryset = others  # type: ignore[attr-defined]
