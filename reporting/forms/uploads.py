"""Choosing a file with returns."""

from __future__ import annotations

import uuid

from django import forms
from django.conf import settings

from portal.files.forms import UploadField
from portal.files.kinds import size_text
from portal.govuk.forms import GovukForm
from reporting.uploads.copying import MOST_FINDINGS
from reporting.uploads.intake import RETURNS
from reporting.uploads.sheets import MOST_RETURNS


def limits() -> list[str]:
    """What a file may hold at most, in words."""
    return [
        f"A file may be {size_text(settings.RETURNS_UPLOAD_BYTES)} large.",
        f"It may hold {settings.RETURNS_UPLOAD_ROWS:,} rows and {MOST_RETURNS:,} returns.",
        f"Every error is counted. The first {MOST_FINDINGS:,} are listed, each at its cell.",
        "A larger file is refused with the reason. Split it, and upload each part.",
    ]


class UploadForm(GovukForm, forms.Form):
    file = UploadField(label="File with returns", intake=RETURNS)
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class AgainForm(forms.Form):
    """Read the same file once more."""

    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
