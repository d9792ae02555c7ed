"""The portal's own pages, its frame, and what it says when something goes wrong."""

from __future__ import annotations

import re
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages import success, warning
from django.contrib.messages.storage.fallback import FallbackStorage
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import path
from pytest_django import DjangoAssertNumQueries

from portal.accounts.models import User
from portal.govuk import context, navigation
from portal.govuk.pages import conflict_page, paginate, refused_page
from portal.govuk.views import server_error
from portal.notifications.choices import Kind
from portal.notifications.models import Delivery, Message
from portal.organisations.choices import Role
from portal.organisations.models import Membership
from portal.refusals import Reason, Refused
from portal.urls import urlpatterns as portal_patterns
from tests.factories import make_member, make_public_body, make_supplier, make_user

OWN_PAGES = ["/", "/cookies/", "/accessibility/", "/privacy/", "/contact/"]
PEOPLE_PAGES = ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/accounts/confirm-email/"]


def fail(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("broken on purpose")


def forbid(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


def miss(request: HttpRequest) -> HttpResponse:
    raise Http404


urlpatterns = [*portal_patterns, path("fail/", fail), path("forbid/", forbid), path("miss/", miss)]
handler400 = "portal.govuk.views.bad_request"
handler500 = "portal.govuk.views.server_error"


def page_of(response: Any) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser")


@pytest.mark.django_db
@pytest.mark.parametrize("address", OWN_PAGES + PEOPLE_PAGES)
def test_page_is_whole_and_has_no_inline_script_or_style(client: Client, address: str) -> None:
    response = client.get(address)
    page = page_of(response)

    assert response.status_code == 200
    assert len(page.select("h1")) == len(page.select("main")) == 1
    assert page.html is not None
    assert page.html["lang"] == "en-GB"
    assert page.title is not None
    assert re.fullmatch(r"\S.* – Threepoint|Threepoint: .*", str(page.title.string))
    assert not [tag for tag in page.select("script:not([src])") if tag.get("type") != "application/json"]
    assert not page.select("style, [style], [onclick], [onload]")


@pytest.mark.django_db
def test_frame_signed_out_offers_to_sign_in(client: Client) -> None:
    page = page_of(client.get("/cookies/"))

    header = [link.get_text(strip=True) for link in page.select("header .app-account a")]
    assert header == ["Sign in", "Create an account"]
    assert "Your work" not in page.select_one("header").get_text()  # type: ignore[union-attr]


@pytest.mark.django_db
def test_frame_signed_in_says_for_whom(client: Client) -> None:
    client.force_login(make_member(make_supplier("Larkspur Systems Ltd"), role=Role.EDITOR, name="Alice Okafor"))

    header = " ".join(page_of(client.get("/cookies/")).select_one("header").get_text(" ").split())  # type: ignore[union-attr]

    assert "Larkspur Systems Ltd" in header
    assert "Alice Okafor" in header
    assert "Sign out" in header
    assert "Create an account" not in header


def notices(user: User, count: int) -> None:
    for number in range(count):
        message = Message.objects.create(kind=next(iter(Kind)), subject=f"Notice {number}", body="Words")
        Delivery.objects.create(message=message, recipient=user, email="alice@example.org")


@pytest.mark.django_db
def test_frame_costs_the_same_however_much_there_is(client: Client) -> None:
    user = make_member(make_supplier(), role=Role.EDITOR)
    client.force_login(user)
    notices(user, 1)
    with CaptureQueriesContext(
        connection,
    ) as few:
        first = client.get("/cookies/")
    notices(user, 2)
    for name in ("Ashford Vale Council", "Brackenfield Borough Council"):
        Membership.objects.create(organisation=make_public_body(name), user=user, role=Role.VIEWER)

    with CaptureQueriesContext(connection) as many:
        second = client.get("/cookies/")

    assert page_of(first).select_one(".app-count").get_text(" ", strip=True) == "1 unread"  # type: ignore[union-attr]
    assert page_of(second).select_one(".app-count").get_text(" ", strip=True) == "3 unread"  # type: ignore[union-attr]
    assert len(many) == len(few)
    assert len([query for query in few if "notifications_delivery" in query["sql"]]) == 1
    assert len(few) <= 6


@pytest.mark.django_db
def test_frame_asks_nothing_of_those_who_are_not_signed_in(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        client.get("/cookies/")


@pytest.mark.django_db
def test_page_that_shows_no_frame_counts_no_notices(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    request = RequestFactory().get("/")
    request.user = make_user()

    with django_assert_num_queries(0):
        context.page(request)


def test_navigation_marks_the_section_and_the_page() -> None:
    request = RequestFactory().get(navigation.find("techmap:supplier-list"))

    links = navigation.navigation(request, signed_in=False, unread=lambda: 0)

    marks = {link.text: (link.active, link.current) for link in links}
    assert marks["Techmap"] == (True, True)
    assert not any(marks["Engagement"])
    assert navigation.find("no:such-page") == ""


def request_with_messages() -> HttpRequest:
    request = RequestFactory().get("/")
    request.session = {}  # type: ignore[assignment]
    request._messages = FallbackStorage(request)  # type: ignore[attr-defined]
    return request


def test_messages_stand_at_the_top_and_are_escaped() -> None:
    request = request_with_messages()
    success(request, "Saved <b>it</b>")
    warning(request, "Check it")

    html = render_to_string("govuk/_messages.html", {"messages": request._messages, "request": request})  # type: ignore[attr-defined]

    page = BeautifulSoup(html, "html.parser")
    assert [banner["role"] for banner in page.select(".govuk-notification-banner")] == ["alert", "region"]
    assert "Saved &lt;b&gt;it&lt;/b&gt;" in html


@pytest.mark.django_db
@pytest.mark.urls("tests.govuk.test_pages")
@pytest.mark.parametrize(
    ("address", "status", "heading"),
    [
        ("/fail/", 500, "Sorry, there is a problem with the service"),
        ("/forbid/", 403, "You cannot do this"),
        ("/miss/", 404, "Page not found"),
        ("/no/such/page/", 404, "Page not found"),
    ],
)
def test_error_page_says_what_to_do(address: str, status: int, heading: str, settings: Any) -> None:
    settings.DEBUG = False
    client = Client(raise_request_exception=False)

    response = client.get(address)

    assert response.status_code == status
    assert page_of(response).h1.get_text() == heading  # type: ignore[union-attr]
    assert settings.SUPPORT_EMAIL in response.content.decode()
    assert "broken on purpose" not in response.content.decode()


def test_server_error_needs_no_database() -> None:
    """No `django_db` mark: a query would fail the test."""
    response = server_error(RequestFactory().get("/"))

    assert response.status_code == 500
    assert b"Threepoint" in response.content
    assert b"Sign in" not in response.content


@pytest.mark.django_db
def test_forged_form_is_refused_in_plain_words() -> None:
    response = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "a@example.org"})

    assert response.status_code == 403
    assert page_of(response).h1.get_text() == "Your page was open too long"  # type: ignore[union-attr]


@pytest.mark.django_db
def test_forged_host_is_refused_in_plain_words(client: Client) -> None:
    response = client.get("/cookies/", HTTP_HOST="evil.example")

    assert response.status_code == 400
    assert page_of(response).h1.get_text() == "We could not understand that request"  # type: ignore[union-attr]
    assert b"evil.example" not in response.content


def test_too_many_attempts_says_how_long_to_wait() -> None:
    assert "Wait 5 minutes" in render_to_string("429.html", context.service())


def test_list_in_pages_gives_the_nearest_page() -> None:
    def numbers(query: str) -> list[int]:
        return list(paginate(RequestFactory().get(f"/?{query}"), range(45)))

    assert numbers("")[0] == 0
    assert numbers("page=3") == list(range(40, 45))
    assert numbers("page=99") == list(range(40, 45))
    assert numbers("page=-1") == list(range(40, 45))
    assert numbers("page=x")[0] == 0


def anonymous_request() -> HttpRequest:
    request = request_with_messages()
    request.user = AnonymousUser()
    return request


def test_conflict_shows_both_versions() -> None:
    response = conflict_page(
        anonymous_request(),
        title="Somebody else has changed this",
        current_rows=[("Title", "Care records"), ("Stage", "Idea")],
        submitted_rows=[("Title", "Care <b>notes</b>"), ("Stage", "Idea")],
        retry_url="/again/",
    )

    rows = [
        [cell.get_text(strip=True) for cell in row.select("th, td")] for row in page_of(response).select("tbody tr")
    ]
    assert response.status_code == 409
    assert rows == [["TitleDiffers", "Care records", "Care <b>notes</b>"], ["Stage", "Idea", "Idea"]]
    assert b"<b>notes" not in response.content


def test_refusal_without_a_form_lists_every_reason() -> None:
    refused = Refused([Reason("Choose a later date"), Reason("Add a contact")])

    response = refused_page(anonymous_request(), refused, title="You cannot publish yet", back_url="/back/")

    page = page_of(response)
    assert response.status_code == 422
    assert page.title.string == "Error: You cannot publish yet – Threepoint"  # type: ignore[union-attr]
    assert [item.get_text() for item in page.select(".govuk-error-summary li")] == [
        "Choose a later date",
        "Add a contact",
    ]


def test_paragraphs_escape_and_keep_the_shape() -> None:
    html = Template("{{ text|paragraphs }}").render(Context({"text": "One <b>\nline\n\nTwo"}))

    assert html == '<p class="govuk-body">One &lt;b&gt;<br>line</p>\n\n<p class="govuk-body">Two</p>'
    assert Template("{{ text|paragraphs }}").render(Context({"text": None})) == ""
