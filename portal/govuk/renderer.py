"""Renders Django forms with the markup of the GOV.UK Design System.

Every form of the portal passes through here, allauth's and django-filter's as well. The admin has
its own templates: its inputs get a class more, which has no style there.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms import BoundField, widgets
from django.forms.renderers import TemplatesSetting
from django.forms.widgets import Widget
from django.http import HttpRequest

# Django's template of a widget, and ours.
WIDGETS = {
    "django/forms/widgets/number.html": "govuk/widgets/number.html",
    "django/forms/widgets/password.html": "govuk/widgets/password.html",
    "django/forms/widgets/select.html": "govuk/widgets/select.html",
    "django/forms/widgets/radio.html": "govuk/widgets/radios.html",
    "django/forms/widgets/checkbox_select.html": "govuk/widgets/checkboxes.html",
    "django/forms/widgets/file.html": "govuk/widgets/file.html",
    "django/forms/widgets/clearable_file_input.html": "govuk/widgets/file.html",
}
# The class of each kind of input; the first that fits holds.
CLASSES: list[tuple[type[Widget] | tuple[type[Widget], ...], str]] = [
    ((widgets.RadioSelect, widgets.CheckboxSelectMultiple, widgets.CheckboxInput, widgets.HiddenInput), ""),
    (widgets.MultiWidget, "govuk-input"),
    (widgets.FileInput, "govuk-file-upload"),
    (widgets.Textarea, "govuk-textarea"),
    (widgets.Select, "govuk-select"),
    (widgets.Input, "govuk-input"),
]
# Attributes that stop a person without a word, or that the design system leaves out.
DROPPED = ("required", "aria-invalid", "maxlength", "minlength", "min", "max", "step", "placeholder", "cols")


def base_class(widget: Widget) -> str:
    return next((name for kinds, name in CLASSES if isinstance(widget, kinds)), "")


class GovukBoundField(BoundField):
    """A field that knows the classes and texts of the design system."""

    @property
    def aria_describedby(self) -> str | None:
        """Count, hint and error, in the order in which they should be read."""
        ids = [self.field.widget.attrs.get("aria-describedby", "")]
        if self.counts:
            ids.append(f"{self.auto_id}-info")
        return " ".join(filter(None, [*ids, super().aria_describedby])) or None

    @property
    def use_fieldset(self) -> bool:
        """Choices and dates are groups; a file is one input, though Django says otherwise."""
        return self.field.widget.use_fieldset and not isinstance(self.field.widget, widgets.FileInput)

    @property
    def is_single_checkbox(self) -> bool:
        return isinstance(self.field.widget, widgets.CheckboxInput)

    @property
    def is_password(self) -> bool:
        return isinstance(self.field.widget, widgets.PasswordInput)

    @property
    def is_parts(self) -> bool:
        """Whether several text inputs make up the value, as with a date."""
        return isinstance(self.field.widget, widgets.MultiWidget)

    @property
    def counts(self) -> int | None:
        """The most characters that a long text may have, which the page counts down."""
        if isinstance(self.field.widget, widgets.Textarea):
            return getattr(self.field, "max_length", None)
        return None

    @property
    def marks_optional(self) -> bool:
        return getattr(self.form, "mark_optional", False) and not self.field.required

    def build_widget_attrs(self, attrs: dict[str, Any], widget: Widget | None = None) -> dict[str, Any]:
        widget = widget or self.field.widget
        attrs = super().build_widget_attrs(attrs, widget)
        attrs |= {name: False for name in DROPPED if name in attrs or name in widget.attrs}
        if widget.is_hidden:
            return attrs
        return attrs | self._input_attrs(widget)

    def _input_attrs(self, widget: Widget) -> dict[str, Any]:
        base = base_class(widget)
        count = "govuk-js-character-count" if self.counts else ""
        error = f"{base}--error" if base and self.errors else ""
        attrs: dict[str, Any] = {
            "class": " ".join(filter(None, [base, count, widget.attrs.get("class", ""), error])) or False
        }
        if isinstance(widget, widgets.EmailInput | widgets.URLInput | widgets.PasswordInput):
            attrs["spellcheck"] = "false"
        if isinstance(widget, widgets.NumberInput):
            attrs["inputmode"] = (
                "decimal" if isinstance(self.field, forms.DecimalField | forms.FloatField) else "numeric"
            )
        if widget.attrs.get("rows") == "10":  # Django's own default, as text; a form that asks for 10 gives a number
            attrs["rows"] = 5
        return attrs


class GovukRenderer(TemplatesSetting):
    """Forms, fields and widgets from `templates/govuk/`."""

    form_template_name = "govuk/form.html"
    formset_template_name = "govuk/formset.html"
    field_template_name = "govuk/field.html"
    bound_field_class = GovukBoundField

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        return super().render(WIDGETS.get(template_name, template_name), context, request)
