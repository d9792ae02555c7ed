"""What organisers write of panellists, and panellists of themselves."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms

from innovation_den import busy
from innovation_den.choices import ConflictState, PanelSector
from innovation_den.models import Panellist
from innovation_den.queries.panellists import DenHalf, HalfDay
from portal.files.kinds import size_text, too_large_text
from portal.govuk.forms import GovukForm
from techmap.forms import CapabilitiesField

NONE, SOME = "none", "some"
CONFIRM, DISMISS = "confirm", "dismiss"


class KnownForm(GovukForm, forms.Form):
    """What the organisers know of a panellist."""

    name = forms.CharField(label="Name", max_length=150, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    sector = forms.ChoiceField(
        label="Where do they come from?",
        choices=PanelSector.choices,
        widget=forms.RadioSelect,
        help_text="Every panel has at least one from each.",
        error_messages={"required": "Choose where they come from"},
    )
    employer_name = forms.CharField(
        label="Employer",
        max_length=200,
        help_text="The full name, as it is registered. We look for conflicts with firms by it.",
    )
    is_chair = forms.BooleanField(label="They chair: they see who has scored, and lead the discussion", required=False)


class InviteForm(KnownForm):
    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    field_order = ["email", "name"]


class EditForm(KnownForm):
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, panellist: Panellist, **kwargs: Any) -> None:
        names = ("name", "sector", "employer_name", "is_chair", "version")
        super().__init__(*args, initial={name: getattr(panellist, name) for name in names}, **kwargs)


class SeatForm(GovukForm, forms.Form):
    """A panellist's own page. It carries the version that it was opened with."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, panellist: Panellist, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["version"] = panellist.version


class AboutForm(SeatForm):
    name = forms.CharField(
        label="Your name",
        max_length=150,
        help_text="As firms and the public will read it.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    employer_name = forms.CharField(
        label="Your employer",
        max_length=200,
        help_text="The full name, as it is registered. We look for conflicts with firms by it.",
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    expertise = CapabilitiesField(
        label="What do you know well? (optional)",
        required=False,
        help_text="You hear pitches that match, as far as that can be arranged.",
    )

    def __init__(self, *args: Any, panellist: Panellist, **kwargs: Any) -> None:
        super().__init__(*args, panellist=panellist, **kwargs)
        self.initial["name"], self.initial["employer_name"] = panellist.name, panellist.employer_name
        self.initial["expertise"] = list(panellist.expertise.values_list("pk", flat=True))


class InterestsForm(SeatForm):
    has_interests = forms.ChoiceField(
        label="Do you have interests that the organisers should know of?",
        choices=[(SOME, "Yes"), (NONE, "No, none")],
        widget=forms.RadioSelect,
        help_text="Shares, posts, paid advice, family or close friends in firms that might pitch, "
        "and anything else that a fair-minded person would ask about.",
        error_messages={"required": "Say whether you have interests to declare"},
    )
    interests = forms.CharField(
        label="Which? (only if you answered yes)",
        required=False,
        max_length=3000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="The organisers read this. It is not published.",
    )

    def __init__(self, *args: Any, panellist: Panellist, **kwargs: Any) -> None:
        super().__init__(*args, panellist=panellist, **kwargs)
        if panellist.has_declared:
            self.initial["has_interests"] = SOME if panellist.interests else NONE
        self.initial["interests"] = panellist.interests

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("has_interests") == NONE:
            data["interests"] = ""
        elif data.get("has_interests") == SOME and not data.get("interests"):
            self.add_error("interests", "Say which interests you have")
        return data


class AvailabilityForm(SeatForm):
    """A tick for each half-day on which the panellist can come."""

    free = forms.MultipleChoiceField(
        label="When can you come?",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "The den no longer sits on one of these half-days. Open the page again"},
    )

    def __init__(
        self, *args: Any, panellist: Panellist, halves: Sequence[DenHalf], free: set[HalfDay], **kwargs: Any
    ) -> None:
        super().__init__(*args, panellist=panellist, **kwargs)
        self.halves = {half.key: half for half in halves}
        self.fields["free"].choices = [(half.key, str(half.half.label)) for half in halves]  # type: ignore[attr-defined]
        self.initial["free"] = [half.key for half in halves if half.as_pair in free]

    def chosen(self) -> set[HalfDay]:
        return {self.halves[key].as_pair for key in self.cleaned_data["free"]}


class CalendarForm(GovukForm, forms.Form):
    calendar = forms.FileField(
        label="Your calendar",
        help_text=f"An iCalendar file (.ics), no larger than {size_text(busy.LARGEST)}. Most calendar programs export "
        "one. We read it once and keep nothing of it.",
        error_messages={"required": "Choose a calendar file", "empty": "The file is empty. Export your calendar again"},
        widget=forms.FileInput(attrs={"accept": ".ics,text/calendar"}),
    )

    def clean_calendar(self) -> bytes:
        upload = self.cleaned_data["calendar"]
        if upload.size > busy.LARGEST:
            raise forms.ValidationError(too_large_text(upload.name, upload.size, busy.LARGEST))
        return bytes(upload.read())


class DeclareForm(GovukForm, forms.Form):
    says = forms.CharField(
        label="What is the conflict?",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="A sentence is enough. The organisers read it. You see nothing more of the pitch from now on.",
        error_messages={"required": "Say what the conflict is"},
    )


class StandDownForm(GovukForm, forms.Form):
    reason = forms.CharField(
        label="Why?",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Say why, for the record"},
    )


class DecideConflictForm(GovukForm, forms.Form):
    decision = forms.ChoiceField(
        label="What do you decide?",
        choices=[
            (CONFIRM, "Confirm: the panellist never hears this pitch"),
            (DISMISS, "Dismiss: it is no conflict, and I say why"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose whether to confirm or to dismiss it"},
    )
    reason = forms.CharField(
        label="Why? (needed if you dismiss it)",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="This goes on record. A conflict that was confirmed is counted in the public record of the decision.",
    )
    was = forms.ChoiceField(choices=ConflictState.choices, required=False, widget=forms.HiddenInput)
