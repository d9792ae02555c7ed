"""Trust row 30: signing in, asking and mending an error, by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from playwright.sync_api import Page

from engagement.models import Question
from portal.organisations.choices import Role
from tests.browser.visitor import Visitor
from tests.engagement.makers import NOW, make_request
from tests.factories import PASSWORD, make_member, make_supplier

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

MOST_STOPS = 80  # of the Tab key on one page
FOCUSED = """() => {
    const at = document.activeElement;
    const label = at.labels && at.labels.length ? at.labels[0].innerText : '';
    return (at.getAttribute('aria-label') || label || at.innerText || at.value || '').trim();
}"""
RING = """() => {
    const style = getComputedStyle(document.activeElement);
    return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none';
}"""


@pytest.fixture(autouse=True)
def _on_the_second_day() -> Iterator[None]:
    with time_machine.travel(NOW + timedelta(days=1), tick=True):
        yield


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the thing with the name has focus, which must be seen."""
    passed = []
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        passed.append(page.evaluate(FOCUSED))
        if passed[-1] == name:
            assert page.evaluate(RING), f"{name} shows no focus"
            return
    raise AssertionError(f"Tab never reaches {name!r}; it passes {passed}")


def enter(visitor: Visitor, key: str = "Enter") -> None:
    with visitor.page.expect_navigation():
        visitor.page.keyboard.press(key)
    visitor.check()


def test_question_is_asked_by_keyboard_alone(visit: Any) -> None:
    bob = make_member(make_supplier(), role=Role.EDITOR, name="Bob Larkin", email="bob@larkspur.example")
    request = make_request()
    visitor = visit("keyboard").go("/accounts/login/")
    page = visitor.page
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED) == "Skip to main content"
    page.keyboard.press("Enter")
    tab_to(page, "Email address")
    page.keyboard.type(bob.email)
    tab_to(page, "Password")
    page.keyboard.type(PASSWORD)
    tab_to(page, "Sign in")
    enter(visitor, "Space")

    tab_to(page, "Engagement")
    enter(visitor)
    tab_to(page, request.title)
    enter(visitor)
    tab_to(page, "Ask a question")
    enter(visitor)
    tab_to(page, "Send the question")
    enter(visitor)
    assert page.title().startswith("Error: ")
    tab_to(page, "Enter your question")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.tagName") == "TEXTAREA"
    page.keyboard.type("Is the register open data?")
    tab_to(page, "Send the question")
    enter(visitor)
    visitor.sees("Your question is sent")
    assert Question.objects.get().text == "Is the register open data?"
