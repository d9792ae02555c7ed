"""Saving, narrowing and closing a shortlist, and finding one again."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Q, QuerySet

from portal.files.kinds import too_large_text
from portal.files.uploads import OversizeUpload
from portal.govuk.forms import GovukForm
from portal.records import Region
from techmap.choices import AccreditationKind, Sector, ShortlistOutcome, ShortlistState, Support
from techmap.models import Shortlist, ShortlistEntry
from techmap.search.query import SME

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

    from portal.accounts.models import User

SHA256 = re.compile(r"[0-9a-f]{64}")
LONGEST_REASON = ShortlistEntry._meta.get_field("reason").max_length


class ShortlistForm(GovukForm, forms.Form):
    """What the list is called, and what for."""

    title = forms.CharField(max_length=150, error_messages={"required": "Enter a title"})
    purpose = forms.CharField(
        label="Purpose",
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
        required=False,
        help_text="What is to be bought, and by which route. You need it before you lock the list.",
    )


class CreateForm(ShortlistForm):
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class EditForm(ShortlistForm):
    version = forms.IntegerField(widget=forms.HiddenInput)

    @classmethod
    def showing(cls, shortlist: Shortlist) -> EditForm:
        return cls(
            initial={"title": shortlist.title, "purpose": shortlist.purpose, "version": shortlist.version},
        )


class OutcomeForm(GovukForm, forms.Form):
    outcome = forms.ChoiceField(
        label="How did the look at the market end?",
        choices=ShortlistOutcome.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose the outcome"},
    )
    reason = forms.CharField(
        label="Reason",
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=3000,
        help_text="Why this is the right outcome, and for an award why this supplier.",
        error_messages={"required": "Give the reason for the outcome"},
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    @classmethod
    def showing(cls, shortlist: Shortlist) -> OutcomeForm:
        return cls(
            initial={
                "outcome": shortlist.outcome,
                "reason": shortlist.outcome_reason,
                "version": shortlist.version,
            },
        )


class ChosenForm(GovukForm, forms.Form):
    """Entries that the person ticked, each with the version that they saw."""

    entry = forms.MultipleChoiceField(
        label="Suppliers",
        widget=forms.CheckboxSelectMultiple(attrs={"class": "govuk-checkboxes--small"}),
        error_messages={"required": "Choose at least one supplier"},
    )

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["entry"].choices = choices  # type: ignore[attr-defined]
        if not self.is_bound:
            self.initial.setdefault("entry", [value for value, _ in choices])

    @property
    def chosen(self) -> dict[int, int]:
        """Each entry's key with the version that the person saw."""
        pairs = (value.split(":") for value in self.cleaned_data["entry"])
        return {int(pk): int(version) for pk, version in pairs}


class LeaveOutForm(ChosenForm):
    reason = forms.CharField(
        label="Why are they left out?",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=LONGEST_REASON,
        help_text="It stands in the decision record for each of them.",
        error_messages={"required": "Say why they are left out"},
    )


class BringBackForm(ChosenForm):
    pass


class NoteForm(GovukForm, forms.Form):
    text = forms.CharField(
        label="Your note",
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
        help_text="Your colleagues read it, and it stands in the decision record. It can’t be changed later.",
        error_messages={"required": "Enter your note"},
    )
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class AddForm(GovukForm, forms.Form):
    suppliers = forms.TypedMultipleChoiceField(
        label="Suppliers that match now and did not then",
        coerce=int,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "govuk-checkboxes--small"}),
        error_messages={"required": "Choose at least one supplier"},
    )

    def __init__(self, *args: Any, choices: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["suppliers"].choices = choices  # type: ignore[attr-defined]
        if not self.is_bound:
            self.initial.setdefault("suppliers", [value for value, _ in choices])


class LockForm(GovukForm, forms.Form):
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)


# --- Who is left out together ----------------------------------------------------------------------

# What a supplier must have to stay, and the reason that is offered where it does not.
KEEP: dict[str, dict[str, tuple[str, str]]] = {
    "Delivers in": {
        f"region:{code}": (label, f"Does not say that it delivers in {label}.") for code, label in Region.choices
    },
    "Size and kind": {
        f"size:{SME}": ("Small and medium firms", "Is not known as a small or medium firm."),
        "vcse:yes": ("Voluntary, community and social enterprises", "Is not known as a social enterprise."),
    },
    "Evidence": {
        f"evidence:{Support.SUPPORTED}": (
            "Claims supported by evidence or verified", "Its claim is not supported by evidence on the techmap.",
        ),
        f"evidence:{Support.VERIFIED}": (
            "Claims verified by a public body", "Its claim is not verified by a public body on the techmap.",
        ),
    },
    "Accreditation in force": {
        f"accreditation:{code}": (label, f"Shows no accreditation in force: {label}.")
        for code, label in AccreditationKind.choices
    },
    "Works for": {
        f"sector:{code}": (label, f"Does not say that it works for this sector: {label}.")
        for code, label in Sector.choices
    },
}  # fmt: skip
DRAFT_REASONS = {key: reason for group in KEEP.values() for key, (_, reason) in group.items()}


class KeepForm(GovukForm, forms.Form):
    """Leave out all those still in that lack one thing."""

    without = forms.ChoiceField(
        label="Leave out all those without",
        choices=[
            ("", "Choose"),
            *((name, [(key, label) for key, (label, _) in group.items()]) for name, group in KEEP.items()),
        ],
        error_messages={"required": "Choose what a supplier must have to stay"},
    )


# --- Finding ---------------------------------------------------------------------------------------


class ShortlistFilter(GovukForm, forms.Form):
    """Narrows the list of shortlists. What it does not understand it leaves out."""

    q = forms.CharField(label="Words", required=False, max_length=100)
    state = forms.ChoiceField(required=False, choices=[("", "Open and locked"), *ShortlistState.choices])
    mine = forms.BooleanField(label="Only those that I saved", required=False)

    def narrow(self, shortlists: QuerySet[Shortlist], user: User) -> QuerySet[Shortlist]:
        self.is_valid()
        for word in self.cleaned_data.get("q", "").split()[:10]:
            shortlists = shortlists.filter(
                Q(title__icontains=word) | Q(purpose__icontains=word) | Q(query_words__icontains=word)
            )
        if state := self.cleaned_data.get("state"):
            shortlists = shortlists.filter(state=state)
        return shortlists.filter(created_by=user) if self.cleaned_data.get("mine") else shortlists


class EntryFilter(GovukForm, forms.Form):
    """Narrows the suppliers of one list."""

    q = forms.CharField(label="Name or reason", required=False, max_length=100)
    show = forms.ChoiceField(required=False, choices=[("", "All considered"), ("in", "Still in"), ("out", "Left out")])

    def narrow(self, entries: QuerySet[ShortlistEntry]) -> QuerySet[ShortlistEntry]:
        self.is_valid()
        for word in self.cleaned_data.get("q", "").split()[:10]:
            entries = entries.filter(Q(supplier__name__icontains=word) | Q(reason__icontains=word))
        show = self.cleaned_data.get("show")
        return entries.filter(is_left_out=show == "out") if show else entries


# --- Checking --------------------------------------------------------------------------------------


class RecordCheckForm(GovukForm, forms.Form):
    """A hash, or the file that it is of. The file is read for its hash and not kept."""

    sha256 = forms.CharField(
        label="SHA-256",
        required=False,
        max_length=200,
        help_text="64 letters and digits. It stands on the decision record.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    file = forms.FileField(
        label="Or the file",
        required=False,
        allow_empty_file=True,
        max_length=255,
        widget=forms.FileInput,
        help_text="A JSON, CSV or XLSX file of a decision record. We work its SHA-256 out, and do not keep the file.",
    )

    def clean_sha256(self) -> str:
        text = "".join(self.cleaned_data["sha256"].split()).lower()
        if text and not SHA256.fullmatch(text):
            raise forms.ValidationError("SHA-256 must be 64 characters, each a digit or a letter from a to f")
        return text

    def clean_file(self) -> UploadedFile | None:
        file: UploadedFile | None = self.cleaned_data["file"]
        if isinstance(file, OversizeUpload):
            from django.conf import settings

            raise forms.ValidationError(too_large_text(file.name or "", file.size or 0, settings.UPLOAD_LIMIT_BYTES))
        return file

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if not self.errors and bool(given.get("sha256")) == bool(given.get("file")):
            self.add_error("sha256", "Paste a SHA-256, or choose a file. Give one of the two")
        return given
