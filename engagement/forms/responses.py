"""A response: one field for each question to the market, of the kind that the question asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.forms import BoundField
from django.http import QueryDict

from engagement.actions.responses import Given
from engagement.choices import AnswerType
from engagement.models import Answer, MarketQuestion, Response
from portal.files.forms import UploadField
from portal.govuk.forms import GovukForm, MoneyField

LONGEST_ANSWER = 10_000  # characters


def long_text(label: str, _question: MarketQuestion) -> forms.Field:
    return forms.CharField(
        label=label, required=False, max_length=LONGEST_ANSWER, widget=forms.Textarea(attrs={"rows": 6})
    )


def number(label: str, _question: MarketQuestion) -> forms.Field:
    return forms.DecimalField(
        label=label,
        required=False,
        max_digits=15,
        error_messages={"invalid": "Enter a number, such as 250 or 12.5"},
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "govuk-input--width-10"}),
    )


def money(label: str, _question: MarketQuestion) -> forms.Field:
    return MoneyField(label=label, required=False)


def choice(label: str, question: MarketQuestion) -> forms.Field:
    options = [(option, option) for option in question.options]
    return forms.ChoiceField(label=label, required=False, choices=options, widget=forms.RadioSelect)


def yes_no(label: str, _question: MarketQuestion) -> forms.Field:
    options = [("yes", "Yes"), ("no", "No")]
    return forms.ChoiceField(label=label, required=False, choices=options, widget=forms.RadioSelect)


FIELD_MAKERS: dict[str, Callable[[str, MarketQuestion], forms.Field]] = {
    AnswerType.LONG_TEXT: long_text,
    AnswerType.NUMBER: number,
    AnswerType.MONEY: money,
    AnswerType.CHOICE: choice,
    AnswerType.YES_NO: yes_no,
}


class ResponseForm(GovukForm, forms.Form):
    """Built from the request's questions. Empty answers are allowed here: submitting checks them."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, response: Response, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions = list(response.request.market_questions.all())
        answers = {answer.question_id: answer for answer in response.answers.all()}
        self.initial["version"] = response.version
        for question in self.questions:
            self.add_question(question, answers.get(question.pk))
        self.fields["uploads"] = UploadField(label="Attach files (optional)", required=False, multiple=True)

    def add_question(self, question: MarketQuestion, answer: Answer | None) -> None:
        label = question.text if question.is_required else f"{question.text} (optional)"
        self.fields[f"answer_{question.pk}"] = FIELD_MAKERS[question.answer_type](label, question)
        self.fields[f"confidential_{question.pk}"] = forms.BooleanField(
            label="This answer is commercially confidential", required=False
        )
        if answer:
            self.initial[f"answer_{question.pk}"] = answer.value
            self.initial[f"confidential_{question.pk}"] = answer.is_confidential

    def carry_version(self, version: int) -> None:
        """Send the saved version back with the form, where it is shown again after a refused submission."""
        data = QueryDict(mutable=True)
        data.update(self.data)
        data["version"] = str(version)
        self.data = data

    @property
    def pairs(self) -> Iterable[tuple[BoundField, BoundField]]:
        """Each answer's field with its confidentiality box, in the order of the questions."""
        return [(self[f"answer_{q.pk}"], self[f"confidential_{q.pk}"]) for q in self.questions]

    @property
    def given(self) -> list[Given]:
        return [
            Given(
                question=question,
                value=as_text(self.cleaned_data.get(f"answer_{question.pk}")),
                is_confidential=self.cleaned_data.get(f"confidential_{question.pk}", False),
            )
            for question in self.questions
        ]


def as_text(value: object) -> str:
    """The answer as it is stored: decimals without exponent, nothing as an empty text."""
    if value is None:
        return ""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
