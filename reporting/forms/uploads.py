"""Choosing a file with returns."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from portal.files.forms import UploadField
from portal.files.kinds import size_text, too_large_text
from portal.files.uploads import OversizeUpload
from portal.govuk.forms import GovukForm
from reporting.choices import FileFormat

ENDINGS = tuple(f".{ending}" for ending in FileFormat.values)


class ReturnsField(UploadField):
    """One file with returns. Its size is looked at here; what it holds, by the action that takes it in."""

    def __init__(self, **kwargs: Any) -> None:
        size = size_text(settings.UPLOAD_LIMIT_BYTES)
        kwargs.setdefault(
            "help_text", f"XLSX, ODS, CSV, a zip of CSV files, JSON or JSON Lines. No larger than {size}."
        )
        super().__init__(**kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {"accept": ",".join(ENDINGS)}

    @staticmethod
    def _look_over(uploads: list[UploadedFile]) -> None:
        for upload in uploads:
            if isinstance(upload, OversizeUpload):
                text = too_large_text(upload.name or "", upload.size or 0, settings.UPLOAD_LIMIT_BYTES)
                raise forms.ValidationError(text)


class UploadForm(GovukForm, forms.Form):
    file = ReturnsField(label="File with returns")
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class AgainForm(forms.Form):
    """Read the same file once more."""

    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
