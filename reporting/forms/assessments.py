"""Questions about lines, ratings of indicators, and assessments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from portal.govuk.forms import GovukDateField, GovukForm
from reporting.actions.assessments import AssessmentWords
from reporting.actions.ratings import Rated
from reporting.choices import Breach
from reporting.models import Assessment, AssessmentKpi
from reporting.queries.assessments import rating_words
from reporting.queries.ratings import Indicator


def _ratings() -> list[tuple[str, str]]:
    return [("", "Choose a rating"), *rating_words().items()]


def _text(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class AskForm(GovukForm, forms.Form):
    """A question about one line, or one field of it."""

    submission_key = forms.UUIDField(widget=forms.HiddenInput)
    field = forms.ChoiceField(label="Which part of it?", required=False)
    text = forms.CharField(
        label="Your question",
        help_text="The supplier reads it and answers here.",
        max_length=1000,
        widget=_text(4),
        error_messages={"required": "Enter your question"},
    )

    def __init__(self, *args: Any, fields: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["field"].choices = [("", "All of it"), *fields]  # type: ignore[attr-defined]


class LineAnswerForm(GovukForm, forms.Form):
    text = forms.CharField(
        label="Your answer",
        help_text="A figure that is wrong is mended by a correction of the return.",
        max_length=1000,
        widget=_text(4),
        error_messages={"required": "Enter your answer"},
    )


class KpiRatingsForm(GovukForm, forms.Form):
    """Rating and comment of every indicator of a return, in one form; it begins with the last ones given."""

    mark_optional = False

    def __init__(self, *args: Any, indicators: Sequence[Indicator], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.indicators = indicators
        for place, one in enumerate(indicators):
            begin = one.saved or one.before
            self.fields[f"version_{place}"] = forms.IntegerField(
                widget=forms.HiddenInput, initial=one.saved.version if one.saved else 0
            )
            self.fields[f"rating_{place}"] = forms.ChoiceField(
                label=f"Your rating of {one.title}",
                choices=_ratings,
                required=False,
                initial=begin.rating if begin else "",
            )
            self.fields[f"comment_{place}"] = forms.CharField(
                label=f"Why, for {one.title} (optional)",
                required=False,
                max_length=1000,
                widget=_text(2),
                initial=begin.comment if begin else "",
            )

    def rows(self) -> list[tuple[Indicator, Any, Any, Any]]:
        """Each indicator with its fields."""
        return [
            (one, self[f"version_{place}"], self[f"rating_{place}"], self[f"comment_{place}"])
            for place, one in enumerate(self.indicators)
        ]

    def given(self) -> list[Rated]:
        said = self.cleaned_data
        return [
            Rated(one.kpi_id, said[f"version_{place}"] or 0, said[f"rating_{place}"], said[f"comment_{place}"])
            for place, one in enumerate(self.indicators)
        ]


class PeriodForm(GovukForm, forms.Form):
    """Which months the assessment is of."""

    submission_key = forms.UUIDField(widget=forms.HiddenInput)
    period_start = GovukDateField(label="First day of the period")
    period_end = GovukDateField(label="Last day of the period", help_text="12 months or less after the first.")


class AssessmentForm(GovukForm, forms.Form):
    """The draft as a whole. It may be saved before it is whole."""

    mark_optional = False

    version = forms.IntegerField(widget=forms.HiddenInput)
    rating = forms.ChoiceField(
        label="Overall, how was the contract performed?",
        help_text="In the words of the Procurement Regulations 2024, regulation 39(5).",
        choices=lambda: list(rating_words().items()),
        widget=forms.RadioSelect,
        required=False,
    )
    summary = forms.CharField(
        label="In a few sentences",
        help_text="What went well and what did not. The supplier replies to this, and of a published contract the "
        "public reads both.",
        max_length=5000,
        required=False,
        widget=_text(6),
    )
    breach_kind = forms.ChoiceField(
        label="Was there a breach or failure that must be published?",
        help_text="Procurement Act 2023, section 71(3) to (5). Where the whole contract was ended, a contract "
        "termination notice is published instead.",
        choices=[("", "No"), *Breach.choices],
        widget=forms.RadioSelect,
        required=False,
    )
    breach_on = GovukDateField(
        label="When was that?",
        help_text="The day of the termination, the award, the agreement, or of your decision that nothing improved.",
        required=False,
    )
    breach = forms.CharField(
        label="What happened?",
        help_text="The obligation and how it was not met; what followed from it; how long it lasted; what you did.",
        max_length=3000,
        required=False,
        widget=_text(6),
    )

    def __init__(self, *args: Any, kpis: Sequence[AssessmentKpi], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kpis = kpis
        # Not rating_0 and on: the ids of the overall rating's buttons are those.
        for place, kpi in enumerate(kpis):
            self.fields[f"kpi_rating_{place}"] = forms.ChoiceField(
                label=f"Your rating of {kpi.title}", choices=_ratings, required=False, initial=kpi.rating
            )
            self.fields[f"kpi_comment_{place}"] = forms.CharField(
                label=f"Why, for {kpi.title} (optional)",
                required=False,
                max_length=1000,
                widget=_text(2),
                initial=kpi.comment,
            )

    def kpi_rows(self) -> list[tuple[AssessmentKpi, Any, Any]]:
        return [(kpi, self[f"kpi_rating_{place}"], self[f"kpi_comment_{place}"]) for place, kpi in enumerate(self.kpis)]

    def words(self) -> AssessmentWords:
        names = ("rating", "summary", "breach_kind", "breach", "breach_on")
        return AssessmentWords(**{name: self.cleaned_data[name] for name in names})

    def ratings(self) -> Mapping[str, tuple[str, str]]:
        said = self.cleaned_data
        return {
            kpi.kpi_id: (said[f"kpi_rating_{place}"], said[f"kpi_comment_{place}"])
            for place, kpi in enumerate(self.kpis)
        }

    @classmethod
    def showing(cls, assessment: Assessment, kpis: Sequence[AssessmentKpi]) -> AssessmentForm:
        names = ("version", "rating", "summary", "breach_kind", "breach", "breach_on")
        return cls(initial={name: getattr(assessment, name) for name in names}, kpis=kpis)


class ReplyForm(GovukForm, forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    reply = forms.CharField(
        label="Your reply",
        help_text="It is shown beside the assessment, wherever that is shown. You may change it until the assessment "
        "is final.",
        max_length=5000,
        widget=_text(8),
        error_messages={"required": "Enter your reply"},
    )


class CorrectAssessmentForm(GovukForm, forms.Form):
    submission_key = forms.UUIDField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label="Why must it be corrected?",
        help_text="It is shown with the correction.",
        max_length=1000,
        widget=_text(4),
        error_messages={"required": "Enter why it must be corrected"},
    )
