"""What a person asks of a combination. The address holds it, so that it can be sent to a colleague."""

from __future__ import annotations

from typing import Any

from django import forms

from portal.govuk.forms import GovukForm
from portal.records import Region
from techmap.choices import Support
from techmap.combination import Aim
from techmap.forms.fields import CapabilitiesField
from techmap.queries.combination import Asked

MOST_CAPABILITIES = 12  # of each kind
MOST_PLACES = 40  # capabilities times regions: what is surely solved in time
SMALL = {"class": "govuk-checkboxes--small"}
LEVELS = [
    (Support.UNSUPPORTED.value, "A claim is enough"),
    (Support.SUPPORTED.value, "Supported by evidence, or verified"),
    (Support.VERIFIED.value, "Verified by a public body"),
]
AIMS = [
    (Aim.FIRMS.value, "As few firms as possible"),
    (Aim.EVIDENCE.value, "As much evidence as possible"),
    (Aim.NICE.value, "As many of the nice-to-have capabilities as possible"),
]
SME_SHARES = [0, 25, 33, 50, 66, 75, 100]
FIRM_SHARES = [100, 75, 67, 50, 34, 25]


class CombinationForm(GovukForm, forms.Form):
    must = CapabilitiesField(
        label="What must be covered?",
        help_text=f"Open a group and tick up to {MOST_CAPABILITIES} capabilities. One of the firms will cover each.",
        to_field_name="code",
        error_messages={"required": "Choose at least one capability that must be covered"},
    )
    nice = CapabilitiesField(
        label="What would be nice to have? (optional)",
        help_text="Covered where it fits. A combination without them is still one.",
        to_field_name="code",
        required=False,
    )
    region = forms.MultipleChoiceField(
        label="Where? (optional)",
        help_text="Each capability is then covered in each of these regions, by the same firm or by several.",
        choices=Region.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs=SMALL),
    )
    least = forms.ChoiceField(
        label="What evidence must there be?",
        choices=LEVELS,
        initial=Support.UNSUPPORTED.value,
        required=False,
        widget=forms.RadioSelect(attrs={"class": "govuk-radios--small"}),
    )
    most_firms = forms.TypedChoiceField(
        label="How many firms at most?",
        choices=[(number, str(number)) for number in range(1, 11)],
        coerce=int,
        empty_value=5,
        initial=5,
        required=False,
    )
    first = forms.ChoiceField(
        label="What matters most?",
        choices=AIMS,
        initial=Aim.FIRMS.value,
        required=False,
        widget=forms.RadioSelect(attrs={"class": "govuk-radios--small"}),
    )
    sme_share = forms.TypedChoiceField(
        label="Least share of small and medium firms",
        help_text="Of the must-have capabilities, how many are assigned to small or medium firms.",
        choices=[(share, f"at least {share}%" if share else "No limit") for share in SME_SHARES],
        coerce=int,
        empty_value=0,
        required=False,
    )
    firm_share = forms.TypedChoiceField(
        label="Most that one firm may have",
        help_text="Of the must-have capabilities, how many are assigned to any one firm.",
        choices=[(share, f"at most {share}%" if share < 100 else "No limit") for share in FIRM_SHARES],
        coerce=int,
        empty_value=100,
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        must, nice = ([item.code for item in cleaned.get(name, ())] for name in ("must", "nice"))
        for name, codes in (("must", must), ("nice", nice)):
            if len(codes) > MOST_CAPABILITIES:
                self.add_error(name, f"Choose {MOST_CAPABILITIES} capabilities or fewer")
        wanted, regions = len(must) + len(nice), len(cleaned.get("region", ()))
        if wanted * regions > MOST_PLACES:
            places = f"{wanted} capabilities in {regions} regions are {wanted * regions} places to fill"
            self.add_error("region", f"{places}. Choose fewer, so that there are {MOST_PLACES} or fewer")
        return cleaned

    @property
    def asked(self) -> Asked:
        """What was asked, each list in its one order. What is a must is not nice to have besides."""
        given = self.cleaned_data
        must = sorted(item.code for item in given["must"])
        return Asked(
            must=tuple(must),
            nice=tuple(sorted(item.code for item in given["nice"] if item.code not in must)),
            regions=tuple(sorted(given["region"])),
            least=given["least"] or Support.UNSUPPORTED.value,
            most_firms=given["most_firms"],
            first=given["first"] or Aim.FIRMS.value,
            sme_share=given["sme_share"],
            firm_share=given["firm_share"],
        )
