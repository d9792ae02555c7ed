"""A score sheet: for each criterion a score on its described scale and why, then words for the firm and the panel."""

from __future__ import annotations

from typing import Any

from django import forms

from innovation_den.actions.sheets import Copy, Written
from innovation_den.models import Criterion, ScoreSheet
from innovation_den.models.dens import HIGHEST_SCORE
from portal.govuk.forms import GovukForm

LONGEST_REASON = 2000
LONGEST_COMMENT = 3000
LEFT_OUT = ("", "Leave this criterion out")


def steps_of(criterion: Criterion) -> list[tuple[str, str]]:
    """The scale from 0 to 5 with what each step means; one more choice where the criterion may be left out."""
    scale = [*criterion.scale, *[""] * (HIGHEST_SCORE + 1)]
    steps = [(str(value), f"{value}: {scale[value]}" if scale[value] else str(value)) for value in range(6)]
    return [*steps, LEFT_OUT] if criterion.is_optional else steps


class SheetForm(GovukForm, forms.Form):
    """Built from the den's criteria. What is missing is said when it is submitted, never when it is kept."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    kept_key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    kept_number = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2**31 - 1)

    def __init__(self, *args: Any, criteria: list[Criterion], sheet: ScoreSheet | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.criteria = criteria
        self.initial["version"] = sheet.version if sheet else 0
        scores = {score.criterion_id: score for score in sheet.scores.all()} if sheet and sheet.pk else {}
        for criterion in criteria:
            self.add_criterion(criterion)
            if score := scores.get(criterion.pk):
                self.initial[f"value_{criterion.pk}"] = "" if score.value is None else str(score.value)
                self.initial[f"reason_{criterion.pk}"] = score.reason
        self.add_words(sheet)

    def add_criterion(self, criterion: Criterion) -> None:
        optional = " (optional)" if criterion.is_optional else ""
        self.fields[f"value_{criterion.pk}"] = forms.TypedChoiceField(
            label=f"{criterion.title}{optional}",
            help_text=criterion.help,
            choices=steps_of(criterion),
            coerce=int,
            empty_value=None,
            required=False,
            widget=forms.RadioSelect,
            error_messages={"invalid_choice": f"Choose a score from 0 to 5 for “{criterion.title}”"},
        )
        self.fields[f"reason_{criterion.pk}"] = forms.CharField(
            label=f"Why? ({criterion.title})",
            help_text="The firm may read it, without your name.",
            max_length=LONGEST_REASON,
            required=False,
            strip=False,
            widget=forms.Textarea(attrs={"rows": 3}),
        )

    def add_words(self, sheet: ScoreSheet | None) -> None:
        for name, label, hint in [
            ("comment", "Comment for the firm", "The host may use it in the letter to the firm."),
            ("private_note", "Note for the panel", "The firm and the public never see it."),
        ]:
            self.fields[name] = forms.CharField(
                label=f"{label} (optional)",
                help_text=hint,
                max_length=LONGEST_COMMENT,
                required=False,
                strip=False,
                widget=forms.Textarea(attrs={"rows": 4}),
            )
            self.initial[name] = getattr(sheet, name) if sheet else ""

    @property
    def parts(self) -> list[tuple[Any, Any]]:
        """The fields of each criterion, in their order: its score, and why."""
        return [(self[f"value_{criterion.pk}"], self[f"reason_{criterion.pk}"]) for criterion in self.criteria]

    @property
    def written(self) -> Written:
        data = self.cleaned_data
        scores = {
            criterion.pk: (data[f"value_{criterion.pk}"], data[f"reason_{criterion.pk}"]) for criterion in self.criteria
        }
        return Written(scores, data["comment"], data["private_note"])

    @property
    def copy(self) -> Copy | None:
        """Which copy of a browser it is; none where it has no scripts."""
        key, number = self.cleaned_data.get("kept_key"), self.cleaned_data.get("kept_number")
        return Copy(key, number) if key and number is not None else None
