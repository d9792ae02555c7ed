"""The steps of a pitch, and what is done to it once it is written."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from innovation_den.actions.pitch_details import CANNOT, WISH, Given
from innovation_den.choices import Half, QuestionType, RoomFeature
from innovation_den.models import Pitch
from portal.files.forms import UploadField
from portal.govuk.formats import day
from portal.govuk.forms import GovukForm, MoneyField, StepForm
from techmap.forms import CapabilitiesField, SupplierField

WORDS = [("", "We can come"), (WISH, "We would rather come then"), (CANNOT, "We cannot come")]


class StartForm(GovukForm, forms.Form):
    title = forms.CharField(
        label="What is your pitch called?",
        max_length=120,
        help_text="Short and plain. You can change it later.",
        error_messages={"required": "Enter a title"},
    )
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class PitchStepForm(StepForm):
    class Meta:
        model = Pitch
        fields: list[str] = []


class IdeaForm(PitchStepForm):
    class Meta(PitchStepForm.Meta):
        fields = ["title", "summary", "problem", "idea"]
        labels = {
            "title": "Title",
            "summary": "What do you propose, in one sentence?",
            "problem": "What is the problem, as you see it?",
            "idea": "What is your idea?",
        }
        help_texts = {"summary": "Everyone can read this sentence if you are invited to pitch."}


class ThemeForm(PitchStepForm):
    capabilities = CapabilitiesField(
        label="Which capabilities does the idea need?",
        required=False,
        help_text="Panellists who know them are chosen to hear you.",
    )

    class Meta(PitchStepForm.Meta):
        fields = ["capabilities"]


class TestForm(PitchStepForm):
    __test__ = False  # not one of pytest's

    class Meta(PitchStepForm.Meta):
        fields = ["evidence", "novelty", "test"]
        labels = {
            "evidence": "What shows that it can work?",
            "novelty": "What is new about it?",
            "test": "What would a test show?",
        }
        help_texts = {"test": "What you would measure, and from which result on you would call it a success."}


class AskForm(PitchStepForm):
    ask_amount = MoneyField(label="What would a test cost?", required=False, max_digits=12)

    class Meta(PitchStepForm.Meta):
        fields = ["ask", "ask_amount", "team"]
        labels = {"ask": "What do you ask for?", "team": "Who would do it?"}
        help_texts = {"ask": "Such as data, homes to test in, or the time of a service team."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cap = self.instance.den.budget_cap
        most = f"At most £{cap:,.0f}, excluding VAT." if cap is not None else "Excluding VAT."
        self.fields["ask_amount"].help_text = most


class AnswersForm(GovukForm, forms.Form):
    """One field for each of the den's own questions. Empty answers are allowed here: submitting checks them."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, instance: Pitch, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["version"] = instance.version
        self.questions = list(instance.den.eligibility_questions.all())
        answers = {answer.question_id: answer for answer in instance.eligibility_answers.all()}
        for question in self.questions:
            name, answer = f"answer_{question.pk}", answers.get(question.pk)
            if question.type == QuestionType.YES_NO:
                choices = [("yes", "Yes"), ("no", "No")]
                self.fields[name] = forms.ChoiceField(
                    label=question.text, choices=choices, required=False, widget=forms.RadioSelect
                )
                self.initial[name] = {True: "yes", False: "no"}.get(answer.is_yes) if answer else None  # type: ignore[arg-type]
            else:
                self.fields[name] = forms.CharField(
                    label=question.text, required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
                )
                self.initial[name] = answer.text if answer else ""

    @property
    def given(self) -> list[Given]:
        return [self._given(question) for question in self.questions]

    def _given(self, question: Any) -> Given:
        value = self.cleaned_data.get(f"answer_{question.pk}") or ""
        if question.type == QuestionType.YES_NO:
            return Given(question, is_yes={"yes": True, "no": False}.get(value))
        return Given(question, text=value)


class DaysForm(PitchStepForm):
    """Each half-day on which the den hears pitches, and what the firm needs there."""

    needs = forms.MultipleChoiceField(
        label="What do you need in the room? (optional)",
        choices=RoomFeature.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta(PitchStepForm.Meta):
        fields = ["needs", "needs_note"]
        labels = {"needs_note": "Is there anything else we should know? (optional)"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.half_days = sorted({session.half_day for session in self.instance.den.sessions.all()})
        stored = {(row.date, row.half): WISH if row.is_wish else CANNOT for row in self.instance.half_days.all()}
        for on, half in self.half_days:
            name = half_day_name(on, half)
            self.fields[name] = forms.ChoiceField(
                label=f"{on:%A} {day(on)}, {half.label.lower()}",
                choices=WORDS,
                required=False,
                widget=forms.RadioSelect,
            )
            self.initial[name] = stored.get((on, half), "")
        self.order_fields([half_day_name(*key) for key in self.half_days])

    @property
    def chosen(self) -> dict[tuple[date, Half], str]:
        return {key: self.cleaned_data.get(half_day_name(*key)) or "" for key in self.half_days}

    @property
    def fields_to_save(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("needs", "needs_note")}


def half_day_name(on: date, half: Half) -> str:
    return f"half_{on:%Y%m%d}_{half}"


class FilesForm(PitchStepForm):
    uploads = UploadField(label="Attach files (optional)", required=False, multiple=True)
    video_url = forms.URLField(
        label="Link to a video (optional)",
        required=False,
        max_length=500,
        assume_scheme="https",
        help_text="A page that anybody with the link can watch. It begins with https://.",
        error_messages={"invalid": "Enter the whole link, like https://video.example/watch/123"},
    )

    class Meta(PitchStepForm.Meta):
        fields = ["video_url"]

    def clean_video_url(self) -> str:
        url: str = self.cleaned_data["video_url"]
        if url and not url.startswith("https://"):
            raise ValidationError("The link must begin with https://")
        return url


class PartnerForm(GovukForm, forms.Form):
    firm = SupplierField(
        label="Supplier",
        help_text="Its whole name as the techmap lists it, or its company number.",
        max_length=200,
        error_messages={"required": "Enter the name of the supplier"},
    )
    role = forms.CharField(
        label="What would they bring?",
        max_length=200,
        error_messages={"required": "Say what they would bring, so that they know what you ask of them"},
    )
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class PartnerAnswerForm(GovukForm, forms.Form):
    answer = forms.ChoiceField(
        label="Will your firm pitch with them?",
        choices=[("yes", "Yes, we will pitch together"), ("no", "No, take us out")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose yes or no"},
    )


class DropOutForm(GovukForm, forms.Form):
    reason = forms.CharField(
        label="Why will you not pitch?",
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=1000,
        help_text="The host reads this.",
        error_messages={"required": "Say why, so that the host knows"},
    )
