"""What forms say, whoever wrote them: errors, hints and attributes."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup, Tag
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.template import Context, Template
from django.utils.datastructures import MultiValueDict

from portal.govuk.forms import GovukDateField, GovukForm, MoneyField
from portal.govuk.pages import add_refusal
from portal.refusals import Reason, Refused


class RequestForm(GovukForm, forms.Form):
    title = forms.CharField(max_length=20, min_length=3)
    problem = forms.CharField(widget=forms.Textarea, max_length=10, help_text="In your own words")
    stage = forms.ChoiceField(choices=[("idea", "Idea"), ("live", "In life")], widget=forms.RadioSelect)
    opens = GovukDateField(label="Opening date")
    agreed = forms.BooleanField(label="I may publish this")
    value = MoneyField(required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)


def soup(form: forms.BaseForm) -> BeautifulSoup:
    return BeautifulSoup(str(form), "html.parser")


def one(page: BeautifulSoup, selector: str) -> Tag:
    found = page.select(selector)
    assert len(found) == 1, selector
    return found[0]


def test_hint_that_people_wrote_is_text() -> None:
    class Criterion(GovukForm, forms.Form):
        score = forms.CharField(help_text="<script>hit()</script>")
        agreed = forms.BooleanField(help_text="<b>bold</b>")

    assert [hint.get_text() for hint in soup(Criterion()).select(".govuk-hint")] == [
        "<script>hit()</script>",
        "<b>bold</b>",
    ]


def test_empty_form_says_what_to_enter() -> None:
    assert RequestForm({}).errors.get_json_data() == {
        "title": [{"message": "Enter the title", "code": "required"}],
        "problem": [{"message": "Enter the problem", "code": "required"}],
        "stage": [{"message": "Select the stage", "code": "required"}],
        "opens": [{"message": "Enter the opening date", "code": "required"}],
        "agreed": [{"message": "Tick the box to continue: I may publish this", "code": "required"}],
        "version": [{"message": "Enter the version", "code": "required"}],
    }


def test_own_message_for_an_empty_field_stays() -> None:
    class NameForm(GovukForm, forms.Form):
        name = forms.CharField(error_messages={"required": "Say who you are"})

    assert NameForm({}).errors == {"name": ["Say who you are"]}


def test_browser_checks_nothing() -> None:
    page = soup(RequestForm())

    for attribute in ("required", "maxlength", "minlength", "min", "max", "step", "placeholder"):
        assert not page.select(f"[{attribute}]"), attribute


def test_errors_and_hints_are_tied_to_their_inputs() -> None:
    page = soup(RequestForm({"problem": ""}))

    described = one(page, "#id_problem")["aria-describedby"]
    assert described == "id_problem-info id_problem_helptext id_problem_error"
    assert all(page.find(id=name) for name in str(described).split())
    assert one(page, "fieldset[role=group]")["aria-describedby"] == "id_opens_error"


def test_error_summary_leads_to_each_field() -> None:
    form = RequestForm({})
    html = Template("{% error_summary form %}{{ form }}").render(Context({"form": form}))
    page = BeautifulSoup(html, "html.parser")

    links = [str(link["href"]) for link in page.select(".govuk-error-summary a")]

    assert links == ["#id_title", "#id_problem", "#id_stage_0", "#id_opens_0", "#id_agreed"]
    assert all(page.find(id=link[1:]) for link in links)


def test_error_summary_of_a_good_form_is_nothing() -> None:
    assert Template("{% error_summary form %}{% error_prefix form %}").render(Context({"form": RequestForm()})) == "\n"


def test_error_prefix_marks_the_title() -> None:
    assert Template("{% error_prefix form %}Write").render(Context({"form": RequestForm({})})) == "Error: Write"


def test_refusal_lands_on_its_field_and_in_the_summary() -> None:
    form = RequestForm({"title": "Care records"})
    form.full_clean()
    form.errors.clear()

    add_refusal(form, Refused([Reason("Choose a later date", "opens"), Reason("The request is closed")]))

    html = Template("{% error_summary form %}").render(Context({"form": form}))
    assert '<a href="#id_opens_0">Choose a later date</a>' in html
    assert "<li>The request is closed</li>" in html


def test_reasons_without_a_form_are_listed() -> None:
    html = Template("{% error_summary reasons=reasons %}").render(Context({"reasons": [Reason("Not now")]}))

    assert "<li>Not now</li>" in html


def test_summary_of_a_formset_speaks_of_each_form() -> None:
    counts = {"form-TOTAL_FORMS": "2", "form-INITIAL_FORMS": "2"}
    formset = forms.formset_factory(RequestForm)(counts | {"form-0-title": "Care records"})

    html = Template("{% error_summary formset %}").render(Context({"formset": formset}))

    assert 'href="#id_form-0-title"' not in html
    assert '<a href="#id_form-1-title">Enter the title</a>' in html


def test_text_of_errors_and_values_is_escaped() -> None:
    form = RequestForm({"title": '"><script>x</script>'})
    form.add_error("title", "<script>y</script>")

    html = str(form) + Template("{% error_summary form %}").render(Context({"form": form}))

    assert "<script>" not in html


def test_line_ends_count_once() -> None:
    form = RequestForm(QueryDict("problem=ab%0D%0Acd%0D%0Aefgh"))

    assert "problem" not in form.errors
    assert form.cleaned_data["problem"] == "ab\ncd\nefgh"


def test_optional_fields_say_so_where_the_form_asks_for_it() -> None:
    class Marked(RequestForm):
        mark_optional = True

    assert "Value (optional)" in " ".join(soup(Marked()).get_text().split())
    assert "(optional)" not in soup(RequestForm()).get_text()


def test_password_is_never_sent_back() -> None:
    class SignIn(forms.Form):
        password = forms.CharField(widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}))

    field = one(soup(SignIn({"password": "secret"})), "#id_password")

    assert field.get("value") is None
    assert field["autocomplete"] == "new-password"


@pytest.mark.parametrize(
    ("field", "mode"), [(forms.IntegerField(), "numeric"), (forms.DecimalField(), "decimal"), (MoneyField(), "decimal")]
)
def test_number_is_a_text_box_with_the_right_keys(field: forms.Field, mode: str) -> None:
    form = type("OneField", (forms.Form,), {"amount": field})()

    box = one(soup(form), "#id_amount")

    assert (box["type"], box["inputmode"]) == ("text", mode)


def test_stored_sum_is_shown_with_commas_and_typed_text_as_it_was() -> None:
    class Value(forms.Form):
        value = MoneyField()

    assert one(soup(Value(initial={"value": 1200})), "#id_value")["value"] == "1,200"
    assert one(soup(Value({"value": "12oo"})), "#id_value")["value"] == "12oo"


def test_select_names_its_empty_choice() -> None:
    class Stage(forms.Form):
        stage = forms.ChoiceField(choices=[("", "---------"), ("idea", "Idea")])

    assert one(soup(Stage()), "option[value='']").get_text() == "Choose"


def test_groups_of_choices_keep_their_names() -> None:
    class Capability(forms.Form):
        picked = forms.MultipleChoiceField(
            choices=[("Cloud", [("1", "Hosting")]), ("Data", [("2", "Pipelines")])], widget=forms.CheckboxSelectMultiple
        )

    page = soup(Capability(initial={"picked": ["2"]}))

    assert [group.get_text() for group in page.select(".app-choice-group")] == ["Cloud", "Data"]
    assert [box["value"] for box in page.select("input[checked]")] == ["2"]


def test_file_is_one_input_with_a_label() -> None:
    class Upload(forms.Form):
        file = forms.FileField(label="Your file")

    page = soup(Upload({}, MultiValueDict({"file": [SimpleUploadedFile("a.txt", b"")]})))

    assert one(page, "label")["for"] == "id_file"
    assert not page.select("fieldset")
    assert one(page, "#id_file")["aria-describedby"] == "id_file_error"


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        (forms.CharField(max_length=3), "long", "Answer must be 3 characters or fewer"),
        (forms.CharField(min_length=3), "no", "Answer must be 3 characters or more"),
        (forms.IntegerField(min_value=1), "0", "Answer must be 1 or more"),
        (forms.IntegerField(max_value=5), "6", "Answer must be 5 or less"),
        (MoneyField(), "1.005", "Answer must have no more than 2 decimal places"),
        (forms.EmailField(), "a@b", "Enter an email address in the correct format, like name@example.com"),
        (forms.CharField(max_length=3, error_messages={"max_length": "Too long"}), "long", "Too long"),
        (forms.CharField(label="Share in %", max_length=1), "10", "Share in % must be 1 characters or fewer"),
    ],
)
def test_value_that_does_not_fit_is_refused_in_plain_words(field: forms.Field, value: str, message: str) -> None:
    form = type("OneField", (GovukForm, forms.Form), {"answer": field})({"answer": value})

    assert form.errors == {"answer": [message]}
