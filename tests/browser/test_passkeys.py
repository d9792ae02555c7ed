"""Passkeys in a real browser, with an authenticator that Chromium plays."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page
from pytest_django.live_server_helper import LiveServer

from tests.factories import PASSWORD, make_member, make_supplier

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    page = context.new_page()
    play_authenticator(context, page)
    yield page
    context.close()


def play_authenticator(context: BrowserContext, page: Page) -> None:
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def sign_in(page: Page, base: str, email: str) -> None:
    page.goto(f"{base}{reverse('account_login')}")
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Sign in", exact=True).click()


def test_an_owner_sets_up_a_passkey_and_signs_in_with_it(page: Page, live_server: LiveServer) -> None:
    base = live_server.url.replace("127.0.0.1", "localhost")  # a passkey belongs to a name
    owner = make_member(make_supplier(), mfa=False)
    sign_in(page, base, owner.email)
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Continue", exact=True).click()
    page.wait_for_url(f"{base}{reverse('mfa_add_webauthn')}")
    page.locator("#passkey-add").click()
    page.wait_for_url("**/recovery-codes/**")
    page.context.clear_cookies()
    sign_in(page, base, owner.email)
    page.wait_for_url("**/2fa/authenticate/**")
    page.locator("#passkey-use").click()
    page.wait_for_url(f"{base}/")
    page.goto(f"{base}{reverse('account_home')}")
    assert page.get_by_text("1 set up").is_visible()
