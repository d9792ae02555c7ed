"""One criterion, question, room or session of a den."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from django import forms

from innovation_den.choices import RoomFeature
from innovation_den.models import Criterion, EligibilityQuestion, Room, Session
from innovation_den.models.dens import HIGHEST_SCORE
from portal.govuk.forms import GovukDateTimeField, GovukForm

NARROW = {"inputmode": "numeric", "class": "govuk-input--width-3"}
USUAL_SCALE = (
    "Nothing that meets the criterion",
    "Weak: much is missing",
    "Some of it is met",
    "Met",
    "Good: met with something more",
    "Outstanding",
)


class PartForm(GovukForm, forms.ModelForm):
    """Carries the version that it was opened with, and the key by which it adds one row."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["version"] = self.instance.version

    @property
    def fields_to_save(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name not in {"version", "submission_key"}}


class CriterionForm(PartForm):
    weight = forms.DecimalField(
        label="Weight",
        min_value=Decimal("0.01"),
        max_digits=5,
        decimal_places=2,
        help_text="A criterion of weight 2 counts twice as much as one of weight 1.",
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "govuk-input--width-3"}),
    )

    class Meta:
        model = Criterion
        fields = ["title", "help", "weight", "is_optional"]
        labels = {
            "title": "Criterion",
            "help": "What should panellists look for? (optional)",
            "is_optional": "A panellist may leave this criterion out",
        }
        help_texts = {"is_optional": "One that is left out counts as absent, not as 0."}
        widgets = {"help": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stored = self.instance.scale or USUAL_SCALE
        for score in range(HIGHEST_SCORE + 1):
            words = {"required": f"Say what a score of {score} means"}
            self.fields[f"scale_{score}"] = forms.CharField(
                label=f"What does {score} mean?", max_length=200, error_messages=words
            )
            self.initial[f"scale_{score}"] = stored[score] if score < len(stored) else ""

    @property
    def fields_to_save(self) -> dict[str, Any]:
        fields = super().fields_to_save
        scale = [fields.pop(f"scale_{score}") for score in range(HIGHEST_SCORE + 1)]
        return {**fields, "scale": scale}


class QuestionForm(PartForm):
    class Meta:
        model = EligibilityQuestion
        fields = ["text", "type"]
        labels = {"text": "Question", "type": "How is it answered?"}
        help_texts = {"text": "Such as ‘Can you show a working model by December?’"}
        widgets = {"type": forms.RadioSelect}


class RoomForm(PartForm):
    features = forms.MultipleChoiceField(
        label="What does the room have?",
        choices=RoomFeature.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="A pitch that needs one of these is only placed in a room that has it.",
    )

    link = forms.URLField(
        label="Video link (optional)",
        required=False,
        max_length=500,
        assume_scheme="https",
        error_messages={"invalid": "Enter the whole link, like https://meet.example/den"},
    )
    field_order = ["name", "place", "link", "features"]

    class Meta:
        model = Room
        fields = ["name", "place", "link", "features"]
        labels = {"name": "Name of the room", "place": "Address (optional)"}
        help_texts = {"place": "Empty where everybody joins by a link."}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not data.get("place") and not data.get("link") and "link" not in self.errors:
            self.add_error("place", "Give the address or the video link")
        return data


class SessionForm(PartForm):
    starts_at = GovukDateTimeField(label="When does the session start?")
    slot_minutes = forms.IntegerField(
        label="How long is a slot, in minutes?",
        min_value=5,
        max_value=180,
        help_text="Pitch and questions together.",
        widget=forms.TextInput(attrs=NARROW),
    )
    slot_count = forms.IntegerField(
        label="How many slots are there?", min_value=1, max_value=30, widget=forms.TextInput(attrs=NARROW)
    )
    break_after = forms.IntegerField(
        label="After how many slots is there a break? (optional)",
        min_value=1,
        max_value=30,
        required=False,
        widget=forms.TextInput(attrs=NARROW),
    )
    break_minutes = forms.IntegerField(
        label="How long is a break, in minutes?", min_value=0, max_value=120, widget=forms.TextInput(attrs=NARROW)
    )
    rooms = forms.ModelMultipleChoiceField(
        queryset=Room.objects.none(),
        label="In which rooms?",
        widget=forms.CheckboxSelectMultiple,
        help_text="Each room hears a pitch in each slot.",
        error_messages={"required": "Select at least one room. Add one first if there is none"},
    )

    class Meta:
        model = Session
        fields = ["starts_at", "slot_minutes", "slot_count", "break_after", "break_minutes", "rooms", "is_recorded"]
        labels = {"is_recorded": "The session is recorded"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rooms: Any = self.fields["rooms"]
        rooms.queryset = self.instance.den.rooms.all()


PART_FORMS: dict[str, type[PartForm]] = {
    "criteria": CriterionForm,
    "questions": QuestionForm,
    "rooms": RoomForm,
    "sessions": SessionForm,
}
