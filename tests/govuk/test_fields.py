"""Each form field is drawn as GOV.UK Frontend draws it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django import forms

from portal.govuk.forms import GovukDateField, MoneyField
from tests.govuk.design import assert_same, expected, fixtures, needs_package, normal

pytestmark = needs_package


def drawn_field(field: forms.Field, given: dict[str, Any], name: str, error: str = "") -> list[Any]:
    """The field in a form of its own, bound where it shows an error."""
    form_class = type("OneField", (forms.Form,), {name: field})
    data = {name: given.get("value", "")} if error else None
    form = form_class(data, auto_id="%s")
    if error:
        form.full_clean()
        form.errors.clear()
        form.add_error(name, error)
    return normal(form[name].as_field_group())


def wanted_field(component: str, fixture: str, name: str) -> list[Any]:
    """The fixture with the ids that Django gives to a field of that name."""
    given = fixtures(component)[fixture]["options"]
    its_id = re.escape(given.get("id") or given.get("idPrefix") or given["name"])
    html = json.dumps(expected(component, fixture))
    html = re.sub(
        r'"(id|for|aria-describedby|aria-controls)": "([^"]*)"',
        lambda m: f'"{m[1]}": "{ids(m[2], its_id, name)}"',
        html,
    )
    return json.loads(html)


ENDINGS = {"-hint": "_helptext", "-error": "_error"}


def ids(value: str, its_id: str, name: str) -> str:
    found = [re.fullmatch(rf"{its_id}(-hint|-error)?(.*)", word) for word in value.split()]
    return " ".join(name + ENDINGS.get(match[1], "") + match[2] for match in found if match)


def texts(given: dict[str, Any]) -> dict[str, Any]:
    legend = given.get("fieldset", {}).get("legend", {})
    label = given.get("label", {})
    return {
        "label": label.get("text") or legend.get("text"),
        "help_text": given.get("hint", {}).get("text", ""),
        "initial": given.get("value"),
        "required": False,
    }


def check(
    component: str, fixture: str, field_class: type[forms.Field], widget: forms.Widget | None = None, **more: Any
) -> None:
    given = fixtures(component)[fixture]["options"]
    name = given.get("name") or given["id"]
    field = field_class(**texts(given), **more | ({"widget": widget} if widget else {}))

    drawn = drawn_field(field, given, name, given.get("errorMessage", {}).get("text", ""))

    assert_same(drawn, wanted_field(component, fixture, name))


@pytest.mark.parametrize("fixture", ["default", "with hint text", "with error message", "with error and hint", "value"])
def test_text_input_is_the_design_systems(fixture: str) -> None:
    check("input", fixture, forms.CharField)


def test_text_input_keeps_the_width_it_is_given() -> None:
    check("input", "with width-10 class", forms.CharField, forms.TextInput(attrs={"class": "govuk-input--width-10"}))


@pytest.mark.parametrize("fixture", ["default", "with hint", "with error message", "with hint and error message"])
def test_textarea_is_the_design_systems(fixture: str) -> None:
    check("textarea", fixture, forms.CharField, forms.Textarea())


@pytest.mark.parametrize("fixture", ["default", "with hint", "with hint and error"])
def test_character_count_is_the_design_systems(fixture: str) -> None:
    limit = fixtures("character-count")[fixture]["options"]["maxlength"]

    check("character-count", fixture, forms.CharField, forms.Textarea(), max_length=limit)


@pytest.mark.parametrize("fixture", ["default", "with hint text", "with error message"])
def test_password_is_the_design_systems(fixture: str) -> None:
    check("password-input", fixture, forms.CharField, forms.PasswordInput())


@pytest.mark.parametrize("fixture", ["default", "with hint text", "with error message and hint"])
def test_file_upload_is_the_design_systems(fixture: str) -> None:
    check("file-upload", fixture, forms.FileField)


@pytest.mark.parametrize("fixture", ["default", "with hint text and error message"])
def test_select_is_the_design_systems(fixture: str) -> None:
    given = fixtures("select")[fixture]["options"]
    chosen = next((str(item["value"]) for item in given["items"] if item.get("selected")), None)
    choices = [(item["value"], item["text"]) for item in given["items"]]
    field = forms.ChoiceField(**texts(given) | {"initial": chosen}, choices=choices)

    drawn = drawn_field(field, {"value": chosen or ""}, given["name"], given.get("errorMessage", {}).get("text", ""))

    wanted = wanted_field("select", fixture, given["name"])
    assert_same(without(drawn, "disabled"), without(wanted, "disabled"))


def without(drawn: list[Any], attribute: str) -> list[Any]:
    for part in drawn:
        if isinstance(part, list):
            part[1].pop(attribute, None)
            without(part[2], attribute)
    return drawn


@pytest.mark.parametrize(
    ("component", "fixture", "field_class", "widget"),
    [
        ("radios", "with hint", forms.ChoiceField, forms.RadioSelect),
        ("radios", "with fieldset and error message", forms.ChoiceField, forms.RadioSelect),
        ("checkboxes", "with hint", forms.MultipleChoiceField, forms.CheckboxSelectMultiple),
        ("checkboxes", "with error message and hint", forms.MultipleChoiceField, forms.CheckboxSelectMultiple),
    ],
)
def test_choices_are_the_design_systems(component: str, fixture: str, field_class: Any, widget: Any) -> None:
    given = fixtures(component)[fixture]["options"]
    choices = [(item["value"], item["text"]) for item in given["items"]]
    picked = given.get("values") or [item["value"] for item in given["items"] if item.get("checked")]
    initial = picked if component == "checkboxes" else (picked or [None])[0]
    field = field_class(**texts(given) | {"initial": initial}, choices=choices, widget=widget)

    drawn = drawn_field(field, {"value": initial or ""}, given["name"], given.get("errorMessage", {}).get("text", ""))

    wanted = numbered(wanted_field(component, fixture, given["name"]), given["name"])
    assert_same(drawn, wanted)


def numbered(wanted: list[Any], name: str) -> list[Any]:
    """Django counts the choices from 0; the design system leaves the first without a number."""
    for part in wanted:
        if not isinstance(part, list):
            continue
        for key in ("id", "for"):
            if part[0] in {"input", "label"} and key in part[1]:
                found = re.fullmatch(rf"{re.escape(name)}(?:-(\d+))?", part[1][key])
                part[1][key] = f"{name}_{int(found[1] or 1) - 1}" if found else part[1][key]
        numbered(part[2], name)
    return wanted


@pytest.mark.parametrize("fixture", ["default", "with error message and hint"])
def test_date_is_the_design_systems(fixture: str) -> None:
    given = fixtures("date-input")[fixture]["options"]
    field = GovukDateField(**texts(given))
    error = given.get("errorMessage", {}).get("text", "")
    form_class = type("OneField", (forms.Form,), {"when": field})
    form = form_class({} if error else None, auto_id="%s")
    if error:
        form.full_clean()
        form.add_error("when", error)

    drawn = json.dumps(normal(form["when"].as_field_group()))

    for at, part in enumerate(("day", "month", "year")):
        drawn = drawn.replace(f'"when_{at}"', f'"{given["id"]}-{part}"').replace(f'"when_{part}"', f'"{part}"')
    drawn = drawn.replace("when_helptext", f"{given['id']}-hint").replace("when_error", f"{given['id']}-error")
    assert_same(json.loads(drawn.replace('"when"', f'"{given["id"]}"')), expected("date-input", fixture))


def test_money_has_the_pound_before_it() -> None:
    given = fixtures("input")["with prefix"]["options"]

    drawn = drawn_field(MoneyField(**texts(given)), given, given["name"])

    wanted = wanted_field("input", "with prefix", given["name"])
    assert_same(without(drawn, "inputmode"), without(wanted, "inputmode"))


def test_ticked_boxes_are_the_design_systems() -> None:
    given = fixtures("checkboxes")["with checked item"]["options"]
    choices = [(str(item["value"]), item["text"]) for item in given["items"]]
    ticked = [str(item["value"]) for item in given["items"] if item.get("checked")]
    field = forms.MultipleChoiceField(choices=choices, initial=ticked, widget=forms.CheckboxSelectMultiple)

    form = type("OneField", (forms.Form,), {given["name"]: field})(auto_id="%s")

    wanted = numbered(wanted_field("checkboxes", "with checked item", given["name"]), given["name"])
    assert_same(normal(str(form[given["name"]])), wanted[0][2])
