"""Asking for a plan, moving a pitch by hand, and releasing."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from innovation_den.choices import PlanKind
from innovation_den.models import Den, Panellist, Pitch, Placement, Room, Session
from innovation_den.queries.board import place_key
from innovation_den.queries.plans import placements_of
from portal.govuk.formats import when
from portal.govuk.forms import GovukForm

SECONDS = [(10, "10 seconds"), (30, "30 seconds"), (60, "1 minute"), (180, "3 minutes"), (600, "10 minutes")]


class AskForm(GovukForm, forms.Form):
    kind = forms.ChoiceField(
        label="What should be planned?",
        choices=PlanKind.choices,
        widget=forms.RadioSelect,
        initial=PlanKind.FULL,
        error_messages={"required": "Choose what should be planned"},
    )
    seconds = forms.TypedChoiceField(
        label="How long may it search?",
        choices=SECONDS,
        coerce=int,
        initial=60,
        help_text="It ends sooner where a plan is proven to be the best. You can stop it and keep the best so far.",
    )
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class PlaceField(forms.ChoiceField):
    """A place of the den's sessions. Gives the session, the slot's number and the room."""

    default_error_messages = {"invalid_choice": "Choose a time and room from the list", "required": "Choose a time"}

    def __init__(self, den: Den, pitch: Pitch | None = None, **kwargs: Any) -> None:
        self.sessions: dict[int, Session] = {one.pk: one for one in den.sessions.prefetch_related("rooms")}  # type: ignore[attr-defined]
        self.rooms: dict[int, Room] = {room.pk: room for one in self.sessions.values() for room in one.rooms.all()}
        super().__init__(choices=list(self._places(den, pitch)), **kwargs)

    def _places(self, den: Den, pitch: Pitch | None) -> Any:
        taken = {
            place_key(one.session_id, one.slot, one.room_id): one.pitch
            for one in placements_of(den)
            if pitch is None or one.pitch_id != pitch.pk
        }
        for session in self.sessions.values():
            for number, (start, _) in enumerate(session.slots):
                for room in session.rooms.all():
                    key = place_key(session.pk, number, room.pk)
                    swap = f". Changes places with {taken[key]}" if key in taken else ""
                    yield key, f"{when(start)}, {room}{swap}"

    def clean(self, value: Any) -> Any:
        key = super().clean(value)
        session, number, room = (int(part) for part in key.split("-"))
        return self.sessions[session], number, self.rooms[room]


class MoveForm(GovukForm, forms.Form):
    """What dropping a pitch somewhere sends."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, den: Den, pitches: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pitch"] = forms.ModelChoiceField(pitches, to_field_name="reference")
        self.fields["place"] = PlaceField(den)


class PlacementForm(GovukForm, forms.Form):
    """The same by keyboard, with the panel."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, pitch: Pitch, placement: Placement | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.den = pitch.den
        self.fields["place"] = PlaceField(pitch.den, pitch, label="Time and room")
        self.fields["panel"] = forms.ModelMultipleChoiceField(
            pitch.den.panellists.accepted().order_by("sector", "name", "pk"),  # type: ignore[attr-defined]
            label="Panel",
            required=False,
            widget=forms.CheckboxSelectMultiple,
            help_text=f"{pitch.den.panel_size} people, with at least one from each sector.",
        )
        conflicted = set(pitch.conflicts.filter(state__in=["open", "confirmed"]).values_list("panellist_id", flat=True))  # type: ignore[attr-defined]
        self.fields["panel"].label_from_instance = lambda one: label_of(one, conflicted)  # type: ignore[attr-defined]
        self.initial["version"] = placement.version if placement else 0
        if placement:
            self.initial["place"] = place_key(placement.session_id, placement.slot, placement.room_id)
            self.initial["panel"] = [one.pk for one in placement.panel.all()]

    def clean_panel(self) -> Any:
        panel = self.cleaned_data["panel"]
        if len(panel) > self.den.panel_size:
            raise ValidationError(f"Choose {self.den.panel_size} people at most, as the den's panels have")
        return panel


def label_of(panellist: Panellist, conflicted: set[int]) -> str:
    conflict = ". Has a conflict over this pitch" if panellist.pk in conflicted else ""
    return f"{panellist.name}, {panellist.get_sector_display()}{conflict}"


class ReleaseForm(GovukForm, forms.Form):
    note = forms.CharField(
        label="What has changed, in a sentence (optional)",
        required=False,
        max_length=500,
        help_text="Public. Do not name panellists or give anybody's reasons.",
    )
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
