"""The form field that takes uploads."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from portal.files.intake import inspect
from portal.files.kinds import DOCUMENTS, Intake, size_text
from portal.refusals import Refused

MAX_FILES = 10


class UploadInput(forms.FileInput):
    """A file input that may take several files and names the accepted types to the browser."""

    allow_multiple_selected = True


class UploadField(forms.Field):
    """One upload (an `UploadedFile`, or None), or a list of them with `multiple=True`.

    Every file is looked over here, so that what is wrong stands beside the field, each file with
    its own message; the action that stores it looks again.
    """

    widget = UploadInput
    default_error_messages = {
        "required": "Choose a file",
        "missing": "The form came without its files. Choose the files again.",
        "too_many": "You chose %(count)d files. Choose %(limit)d at most.",
    }

    def __init__(
        self, *, multiple: bool = False, max_files: int = MAX_FILES, intake: Intake = DOCUMENTS, **kwargs: Any
    ) -> None:
        self.intake = intake
        kwargs.setdefault("help_text", self._hint(multiple, max_files))
        super().__init__(**kwargs)
        self.multiple = multiple
        self.max_files = max_files
        if multiple:
            self.widget.attrs["multiple"] = True

    def _hint(self, multiple: bool, max_files: int) -> str:
        size, words = size_text(getattr(settings, self.intake.limit_setting)), self.intake.words
        if multiple:
            return f"Up to {max_files} files, each {words} and no larger than {size}."
        return f"{words}, no larger than {size}."

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {"accept": ",".join(f".{extension}" for extension in self.intake.extensions)}

    def bound_data(self, data: Any, initial: Any) -> Any:
        return initial if data in (None, "", []) else data

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(data)

    def clean(self, value: Any) -> Any:
        uploads = [upload for upload in (value if isinstance(value, list | tuple) else [value]) if upload]
        if any(not isinstance(upload, UploadedFile) for upload in uploads):
            raise forms.ValidationError(self.error_messages["missing"], code="missing")
        if not uploads and self.required:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        limit = self.max_files if self.multiple else 1
        if len(uploads) > limit:
            message = self.error_messages["too_many"]
            raise forms.ValidationError(message, code="too_many", params={"count": len(uploads), "limit": limit})
        self._look_over(uploads)
        if self.multiple:
            return uploads
        return uploads[0] if uploads else None

    def _look_over(self, uploads: list[UploadedFile]) -> None:
        problems: list[str] = []
        for upload in uploads:
            try:
                inspect(upload, self.intake)
            except Refused as refused:
                problems.extend(reason.message for reason in refused.reasons)
        if problems:
            raise forms.ValidationError(problems)
