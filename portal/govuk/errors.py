"""The list of errors at the top of a page, each with the address of the field to mend."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.forms import BaseForm, BaseFormSet, BoundField, MultiWidget
from django.forms.widgets import CheckboxSelectMultiple, RadioSelect

from portal.refusals import Reason


@dataclass(frozen=True)
class ErrorLink:
    text: str
    href: str = ""


def first_input_id(field: BoundField) -> str:
    """The id of the input that a person should land on to mend the field."""
    widget, auto_id = field.field.widget, field.auto_id or field.html_name
    if isinstance(widget, MultiWidget):
        return f"{auto_id}_0"
    if isinstance(widget, RadioSelect | CheckboxSelectMultiple):
        return f"{auto_id}_0"
    return field.id_for_label or auto_id


def form_errors(form: BaseForm) -> Iterator[ErrorLink]:
    for text in form.non_field_errors():
        yield ErrorLink(str(text))
    for field in form:
        href = "" if field.is_hidden else f"#{first_input_id(field)}"
        for text in field.errors:
            yield ErrorLink(str(text), href)


def formset_errors(formset: BaseFormSet[Any]) -> Iterator[ErrorLink]:
    for text in formset.non_form_errors():
        yield ErrorLink(str(text))
    for form in formset.forms:
        yield from form_errors(form)


def collect_errors(form: BaseForm | BaseFormSet[Any] | None, reasons: Iterable[Reason | str] = ()) -> list[ErrorLink]:
    """Every error of a form or formset, in the order of the page, then the reasons of a refusal."""
    found: list[ErrorLink] = []
    if isinstance(form, BaseFormSet):
        found += formset_errors(form) if form.is_bound else []
    elif form:
        found += form_errors(form) if form.is_bound else []
    for reason in reasons or ():
        field = getattr(reason, "field", None)
        bound = form[field] if isinstance(form, BaseForm) and field in form.fields else None
        found.append(ErrorLink(getattr(reason, "message", str(reason)), f"#{first_input_id(bound)}" if bound else ""))
    return list(dict.fromkeys(found))
