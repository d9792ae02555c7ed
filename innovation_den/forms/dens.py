"""The steps of a den's draft, and what is done to it once it is written."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms

from innovation_den.models import Den
from portal.govuk.forms import GovukDateTimeField, GovukForm, MoneyField, StepForm
from portal.organisations.choices import Size
from portal.organisations.queries import writers_of
from portal.records import Region
from techmap.forms import CapabilitiesField


class StartForm(GovukForm, forms.Form):
    title = forms.CharField(
        label="What is the challenge?",
        max_length=150,
        help_text="A short title that a firm would search for, such as ‘Knowing of damp homes early’.",
        error_messages={"required": "Enter a title"},
    )
    # From the page of an early-engagement request, which leads here with `?request=`.
    request = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class DenStepForm(StepForm):
    class Meta:
        model = Den
        fields: list[str] = []


class ChallengeForm(DenStepForm):
    class Meta(DenStepForm.Meta):
        fields = ["title", "challenge", "owner"]
        labels = {"title": "Title", "challenge": "What is the challenge?", "owner": "Who settles disagreements?"}
        help_texts = {
            "challenge": "Who has the problem, how often, and what it costs them. Leave the solution to the firms.",
            "owner": "Two people screen each pitch. Where they disagree, this person decides.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner: Any = self.fields["owner"]
        owner.queryset = writers_of(self.instance.host).order_by("name", "pk")
        owner.empty_label = None


class CapabilitiesForm(DenStepForm):
    capabilities = CapabilitiesField(
        label="Which capabilities are the theme?",
        required=False,
        help_text="Suppliers who offer or follow them are told when you publish.",
    )

    class Meta(DenStepForm.Meta):
        fields = ["capabilities"]


class EligibilityForm(DenStepForm):
    sizes = forms.MultipleChoiceField(
        label="Which sizes of firm may pitch?",
        choices=Size.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Select none to let firms of any size pitch.",
    )
    regions = forms.MultipleChoiceField(
        label="Where must firms be?",
        choices=Region.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Select none to let firms from anywhere pitch.",
    )
    most_pitches_each = forms.IntegerField(
        label="How many pitches may one firm lead?",
        min_value=1,
        max_value=10,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "govuk-input--width-3"}),
    )

    class Meta(DenStepForm.Meta):
        fields = ["sizes", "regions", "most_pitches_each"]


class PrizeForm(DenStepForm):
    budget_cap = MoneyField(
        label="What may one test cost at most?", required=False, max_digits=12, help_text="Excluding VAT."
    )

    class Meta(DenStepForm.Meta):
        fields = ["prize", "budget_cap"]
        labels = {"prize": "What do the winners get?"}
        help_texts = {"prize": "For example a place on your test platform, for how long, and who helps them there."}


class PanelForm(DenStepForm):
    class Meta(DenStepForm.Meta):
        fields = ["panel_size", "most_pitches_a_day", "most_pitches_in_all", "names_panel"]
        labels = {
            "panel_size": "How many panellists hear each pitch?",
            "most_pitches_a_day": "How many pitches may one panellist hear in a half-day?",
            "most_pitches_in_all": "How many pitches may one panellist hear in all?",
            "names_panel": "Name the panellists in the public record of the decision",
        }
        help_texts = {"panel_size": "From 3 to 9. Each panel has at least one person from central government, "
                                    "from local government and from a large supplier."}  # fmt: skip
        widgets = {
            name: forms.TextInput(attrs={"inputmode": "numeric", "class": "govuk-input--width-3"})
            for name in ("panel_size", "most_pitches_a_day", "most_pitches_in_all")
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("most_pitches_a_day", "most_pitches_in_all"):
            self.fields[name].min_value = 1  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for name in ("most_pitches_a_day", "most_pitches_in_all"):
            if data.get(name) == 0:
                self.add_error(name, "A panellist must be able to hear at least 1 pitch")
        if (data.get("most_pitches_in_all") or 0) < (data.get("most_pitches_a_day") or 0):
            self.add_error("most_pitches_in_all", "This must be at least the number for a half-day")
        return data


class RulesForm(DenStepForm):
    class Meta(DenStepForm.Meta):
        fields = ["rules"]
        labels = {"rules": "By which rules do firms pitch?"}
        help_texts = {"rules": "How long a pitch takes, what may be shown, who decides, and who owns what comes of it."}


class DatesForm(DenStepForm):
    opens_at = GovukDateTimeField(
        label="When does the call open? (optional)", required=False, help_text="Leave empty to open when you publish."
    )
    closes_at = GovukDateTimeField(
        label="When does the call close?",
        required=False,
        help_text="At least 14 days after it opens. One second later is late.",
    )

    class Meta(DenStepForm.Meta):
        fields = ["opens_at", "closes_at"]


class CallOffForm(GovukForm, forms.Form):
    reason = forms.CharField(
        label="Why is the den called off?",
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
        help_text="Everyone can read this. Firms that have begun a pitch, and panellists, are told.",
        error_messages={"required": "Say why the den is called off, so that those who gave their time know"},
    )


class ClosingForm(GovukForm, forms.Form):
    closes_at = GovukDateTimeField(
        label="When does the call close now?", help_text="Later than it says today. It cannot close earlier."
    )
    version = forms.IntegerField(widget=forms.HiddenInput)
