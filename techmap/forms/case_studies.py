"""A case study step by step, the question to a referee, and the referee's answer. The actions hold the rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django import forms

from portal.govuk.forms import GovukDateField, GovukForm
from techmap.choices import RefereeAnswer
from techmap.forms.fields import CapabilitiesField
from techmap.models import CaseStudy


class AboutForm(GovukForm, forms.Form):
    title = forms.CharField(
        label="Title",
        max_length=150,
        help_text="What the work was, for example: Moved the planning archive to the cloud.",
    )
    customer = forms.CharField(
        label="Customer", max_length=200, help_text="The public body or firm that the work was for."
    )
    finished_on = GovukDateField(
        label="Day the work ended",
        help_text="For example, 31 3 2026. Where the work goes on, enter today.",
        error_messages={"required": "Enter the day on which the work ended"},
    )


class SummaryForm(GovukForm, forms.Form):
    summary = forms.CharField(
        label="What you did and what came of it",
        help_text="Say what was asked, what you did, and what is different since. A referee is asked if it is true.",
        max_length=3000,
        widget=forms.Textarea(attrs={"rows": 10}),
        error_messages={"required": "Say what you did and what came of it"},
    )


class CapabilitiesForm(GovukForm, forms.Form):
    capabilities = CapabilitiesField(
        label="What does the work show that you can do?",
        help_text="Open a group and tick up to 8. Once a referee confirms the case study, it is evidence for these.",
        error_messages={"required": "Select what the work shows that you can do"},
    )


@dataclass(frozen=True)
class Step:
    """One step of a case study: a page that saves by itself."""

    slug: str
    title: str
    form: type[forms.Form]

    def is_done(self, study: CaseStudy) -> bool:
        if self.slug == "capabilities":
            return bool(study.capabilities.all())
        return all(getattr(study, name) for name in self.form.base_fields)

    def showing(self, study: CaseStudy) -> forms.Form:
        """The form with what is saved now."""
        initial = {
            name: [item.pk for item in study.capabilities.all()] if name == "capabilities" else getattr(study, name)
            for name in self.form.base_fields
        }
        return with_version(self.form(initial=initial | {"version": study.version}))

    def bound(self, data: Mapping[str, Any]) -> forms.Form:
        return with_version(self.form(data))


def with_version(form: forms.Form) -> forms.Form:
    form.fields["version"] = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    return form


STEPS = {
    step.slug: step
    for step in (
        Step("about", "What the work was", AboutForm),
        Step("summary", "What you did and what came of it", SummaryForm),
        Step("capabilities", "What it shows that you can do", CapabilitiesForm),
    )
}


class StartForm(AboutForm):
    """The first step makes the case study. Sent twice, it makes one."""

    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)


class AskRefereeForm(GovukForm, forms.Form):
    email = forms.EmailField(
        label="Work e-mail address of the referee",
        help_text="Somebody at the public body who knows the work, for example with an address under gov.uk or nhs.uk.",
    )
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)


class AnswerForm(GovukForm, forms.Form):
    answer = forms.ChoiceField(
        label="Is this a true account of work that you know of?",
        choices=[
            (RefereeAnswer.CONFIRMED, "Yes, I confirm it"),
            (RefereeAnswer.DECLINED, "No, I cannot confirm it"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Select whether you can confirm it"},
    )
    name = forms.CharField(
        label="Your name",
        help_text="Not public. The supplier sees it. You can leave it out if you do not confirm.",
        max_length=120,
        required=False,
    )
    role = forms.CharField(
        label="Your role",
        help_text="Public if you confirm, for example: Head of digital. You can leave it out if you do not confirm.",
        max_length=120,
        required=False,
    )
    comment = forms.CharField(
        label="Comment (optional)",
        help_text="Not public. The supplier sees it.",
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
