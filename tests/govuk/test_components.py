"""Each component's template draws what GOV.UK Frontend draws."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory

from tests.govuk.design import assert_same, expected, needs_package, normal, options

pytestmark = needs_package


def draw(source: str, **values: Any) -> list[Any]:
    return normal(Template(source).render(Context(values)))


@pytest.mark.parametrize("name", ["default", "with custom text and link"])
def test_back_link_is_the_design_systems(name: str) -> None:
    given = options("back-link", name)
    url, text = given.get("href", "#"), given.get("text", "Back")

    assert_same(draw("{% back_link url text %}", url=url, text=text), expected("back-link", name))


def test_breadcrumbs_are_the_design_systems() -> None:
    name = "with last breadcrumb as current page"
    items = options("breadcrumbs", name)["items"]
    words = {f"{key}{at}": item.get(key, "") for at, item in enumerate(items) for key in ("text", "href")}
    arguments = " ".join(f"text{at} href{at}" for at in range(len(items)))

    drawn = draw(f"{{% breadcrumbs {arguments} %}}", **words)

    drawn[0][1]["class"] = "govuk-breadcrumbs"  # ours also collapse on a phone
    assert_same(drawn, expected("breadcrumbs", name))


@pytest.mark.parametrize(
    ("name", "variant"),
    [("prevent double click", ""), ("secondary", "secondary"), ("warning", "warning"), ("inverse", "inverse")],
)
def test_button_is_the_design_systems(name: str, variant: str) -> None:
    drawn = draw("{% button text variant %}", text=options("button", name)["text"], variant=variant)

    wanted = expected("button", name)
    wanted[0][1].pop("name", None)
    wanted[0][1]["data-prevent-double-click"] = "true"  # ours always does
    assert_same(drawn, wanted)


@pytest.mark.parametrize(("name", "variant"), [("link", ""), ("start link", "start")])
def test_button_link_is_the_design_systems(name: str, variant: str) -> None:
    given = options("button", name)

    drawn = draw("{% button_link url text variant %}", url=given["href"], text=given["text"], variant=variant)

    assert_same(drawn, expected("button", name))


def test_button_carries_name_and_value() -> None:
    html = Template('{% button "Save" "" "action" "save" formaction="/x" %}').render(Context())

    assert 'value="save" name="action"' in html
    assert 'formaction="/x"' in html


@pytest.mark.parametrize("name", ["grey", "green", "purple", "red", "orange", "yellow", "default"])
def test_tag_is_the_design_systems(name: str) -> None:
    colour = "" if name == "default" else name

    drawn = draw("{% tag text colour %}", text=options("tag", name)["text"], colour=colour)

    assert_same(drawn, expected("tag", name))


def test_inset_is_the_design_systems() -> None:
    text = options("inset-text", "default")["text"]

    assert_same(draw("{% inset %}{{ text }}{% endinset %}", text=text), expected("inset-text", "default"))


def test_warning_text_is_the_design_systems() -> None:
    text = options("warning-text", "default")["text"]

    assert_same(draw("{% warning_text text %}", text=text), expected("warning-text", "default"))


def test_panel_is_the_design_systems() -> None:
    name = "title with no body text"

    assert_same(draw("{% panel title %}", title=options("panel", name)["titleText"]), expected("panel", name))


@pytest.mark.parametrize(("name", "open_"), [("default", False), ("expanded", True)])
def test_details_are_the_design_systems(name: str, open_: bool) -> None:
    given = options("details", name)
    wanted = expected("details", name)
    wanted[0][1].pop("id", None)

    drawn = draw(
        "{% details summary open=open_ %}{{ text }}{% enddetails %}",
        summary=given["summaryText"],
        text=given["text"],
        open_=open_,
    )

    assert_same(drawn, wanted)


@pytest.mark.parametrize(("name", "kind"), [("default", ""), ("with type as success", "success")])
def test_notification_is_the_design_systems(name: str, kind: str) -> None:
    text = options("notification-banner", name)["text"]

    drawn = draw(
        '{% notification type=kind %}<p class="govuk-notification-banner__heading">{{ text }}</p>{% endnotification %}',
        kind=kind,
        text=text,
    )

    assert_same(drawn, expected("notification-banner", name))


def test_two_notifications_have_different_ids() -> None:
    request = RequestFactory().get("/")
    source = "{% notification %}a{% endnotification %}{% notification %}b{% endnotification %}"

    html = Template(source).render(Context({"request": request}))

    assert html.count('id="govuk-notification-banner-title"') == 1
    assert html.count('id="govuk-notification-banner-title-2"') == 1


def test_summary_list_is_the_design_systems() -> None:
    name = "with some actions"
    rows = options("summary-list", name)["rows"]
    lists_of_actions = [row for row in rows if len(row.get("actions", {}).get("items", [])) > 1]
    source = (
        "{% summary_list %}{% summary_row 'Name' 'Ada' '/name' %}{% summary_row 'Town' 'Leeds' %}{% endsummary_list %}"
    )

    drawn = draw(source)

    with_action, without = drawn[0][2]
    shapes = {row[1]["class"] for row in expected("summary-list", name)[0][2]}
    assert lists_of_actions, "the fixture still shows rows with and without actions"
    assert {with_action[1]["class"], without[1]["class"]} == shapes
    assert with_action[2][2] == [
        "dd",
        {"class": "govuk-summary-list__actions"},
        [
            [
                "a",
                {"class": "govuk-link", "href": "/name"},
                ["Change", ["span", {"class": "govuk-visually-hidden"}, ["name"]]],
            ]
        ],
    ]


def test_summary_list_without_actions_is_the_design_systems() -> None:
    rows = [
        (row["key"]["text"], row["value"].get("text", ""), row["value"].get("html", ""))
        for row in options("summary-list", "default")["rows"]
    ]
    source = (
        "{% summary_list %}{% for key, text, html in rows %}"
        "{% if html %}{% summary_block key %}{{ html|safe }}{% endsummary_block %}"
        "{% else %}{% summary_row key text %}{% endif %}"
        "{% endfor %}{% endsummary_list %}"
    )

    assert_same(draw(source, rows=rows), expected("summary-list", "default"))


def test_summary_row_keeps_lines_and_escapes_text() -> None:
    html = Template("{% summary_list %}{% summary_row 'Where' text %}{% endsummary_list %}").render(
        Context({"text": "1 High Street\r\n<b>Leeds</b>"})
    )

    assert "1 High Street<br>&lt;b&gt;Leeds&lt;/b&gt;" in html


def test_summary_row_says_where_nothing_is_given() -> None:
    assert "Not given" in Template("{% summary_list %}{% summary_row 'Where' '' %}{% endsummary_list %}").render(
        Context()
    )


def test_task_list_is_the_design_systems() -> None:
    name = "with hint text and additional states"
    items = options("task-list", name)["items"]
    tasks = [task_of(item) for item in items]
    source = (
        "{% task_list %}{% for t in tasks %}"
        "{% task t.title t.url t.status colour=t.colour hint=t.hint %}"
        "{% endfor %}{% endtask_list %}"
    )

    drawn = without_plain_tags(draw(source, tasks=tasks))

    assert_same(drawn, without_plain_tags(expected("task-list", name)))


def task_of(item: dict[str, Any]) -> dict[str, str]:
    status = item["status"]
    classes = status.get("tag", {}).get("classes", "govuk-tag--blue")
    return {
        "title": item["title"]["text"],
        "url": item.get("href", ""),
        "hint": item.get("hint", {}).get("text", ""),
        "status": status["tag"]["text"] if "tag" in status else status["text"],
        "colour": classes.removeprefix("govuk-tag--") if "tag" in status else "",
    }


def without_plain_tags(drawn: list[Any]) -> list[Any]:
    """Blue is the tag's own colour: the fixture names no class for it."""
    for part in drawn:
        if isinstance(part, list):
            if "class" in part[1]:
                part[1]["class"] = part[1]["class"].replace("govuk-tag govuk-tag--blue", "govuk-tag")
            without_plain_tags(part[2])
    return drawn


@pytest.mark.parametrize("name", ["default", "mixed with and without links"])
def test_error_summary_is_the_design_systems(name: str) -> None:
    from portal.govuk.errors import ErrorLink

    given = options("error-summary", name)["errorList"]
    errors = [ErrorLink(item["text"], item.get("href", "")) for item in given]

    drawn = draw('{% include "govuk/error_summary.html" %}', errors=errors)

    assert_same(drawn, expected("error-summary", name))


@pytest.mark.parametrize(("name", "at"), [("first page", 1), ("last page", 3)])
def test_pagination_is_the_design_systems(name: str, at: int) -> None:
    page = Paginator(range(30), 10).page(at)

    drawn = links_aside(draw("{% pagination page %}", page=page))

    assert_same(drawn, links_aside(expected("pagination", name)))


def links_aside(drawn: list[Any]) -> list[Any]:
    for part in drawn:
        if isinstance(part, list):
            part[1].pop("href", None)
            links_aside(part[2])
    return drawn


def test_pagination_keeps_the_rest_of_the_query() -> None:
    request = RequestFactory().get("/?stage=idea&stage=discovery&page=2")
    page = Paginator(range(30), 10).page(2)

    html = Template("{% pagination page %}").render(Context({"page": page, "request": request}))

    assert "?stage=idea&amp;stage=discovery&amp;page=3" in html


def test_pagination_of_one_page_is_nothing() -> None:
    page = Paginator(range(3), 10).page(1)

    assert draw("{% pagination page %}", page=page) == []


def test_service_navigation_is_the_design_systems() -> None:
    from portal.govuk.navigation import Link

    name = "with navigation with a current item"
    items = [
        Link(item["text"], item["href"], active="current" in item, current="current" in item)
        for item in options("service-navigation", name)["navigation"]
    ]

    drawn = draw('{% include "govuk/service_navigation.html" %}', items=items)

    assert_same(drawn, expected("service-navigation", name))


def test_filters_keep_what_is_chosen_and_can_be_cleared() -> None:
    class StageForm(forms.Form):
        words = forms.CharField(required=False)
        stage = forms.MultipleChoiceField(
            choices=[("idea", "Idea"), ("live", "In life")], required=False, widget=forms.CheckboxSelectMultiple
        )

    request = RequestFactory().get("/requests/?stage=live&page=2")
    html = Template("{% filters form %}").render(Context({"form": StageForm(request.GET), "request": request}))
    page = BeautifulSoup(html, "html.parser")

    form = page.select("form")[0]
    assert (form["method"], form["action"]) == ("get", "/requests/")
    assert [box["value"] for box in page.select("input[checked]")] == ["live"]
    assert page.select("a")[0]["href"] == "/requests/"
    assert page.select("a")[0].get_text() == "Clear filters"
    assert not page.select("[name=page], [name=csrfmiddlewaretoken]")


def test_filters_of_nothing_offer_no_clearing() -> None:
    request = RequestFactory().get("/requests/?page=2&stage=")

    html = Template("{% filters form %}").render(Context({"form": forms.Form(request.GET), "request": request}))

    assert "Clear filters" not in html
