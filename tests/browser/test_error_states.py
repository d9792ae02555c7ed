"""Trust row 30: what a form says when it is sent empty, in a real browser."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from tests.browser.sweep import sign_in
from tests.trust.matrix import MATRIX
from tests.trust.rows import address_part
from tests.trust.world import World

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]

FORMS = [
    ("account_login", "Sign in"),
    ("account_signup", "Create account"),
    ("engagement:question-ask", "Send the question"),
    ("engagement:market-question-create", "Save"),
    ("engagement:request-withdraw", "Withdraw the request"),
    ("engagement:theme-create", "Save the theme"),
    ("techmap:shortlist-note", "Save the note"),
    ("techmap:shortlist-outcome", "Save and check"),
    ("techmap:case-study-create", "Save and continue"),
    ("techmap:referee-ask", "Send the question"),
    ("techmap:referee-answer", "Send your answer"),
    ("organisations:supplier-create", "Register"),
    ("organisations:invitation-create", "Send the invitation"),
]


@pytest.mark.parametrize("width", [1280, 320])
def test_error_states_are_accessible(visit: Any, world: World, width: int) -> None:
    """An empty form: the title begins `Error:`, the summary takes focus and leads to the field."""
    visitor = visit(f"errors-{width}", width=width)
    for name, button in FORMS:
        row = MATRIX[name]
        assert row.get
        path = reverse(name, args=[address_part(world, thing) for thing in row.things])
        sign_in(visitor, world, row.get[0]).go(path)
        for box in visitor.page.locator("main form[method=post] textarea, main form input[type=text]").all():
            box.fill("")
        visitor.page.locator("main").get_by_role("button", name=button, exact=True).click()
        visitor.check()
        assert visitor.page.title().startswith("Error: "), path
        assert visitor.page.evaluate("document.activeElement.className") == "govuk-error-summary", path
        visitor.page.locator(".govuk-error-summary a").first.click()
        assert visitor.page.evaluate("document.activeElement.matches('input, textarea, select')"), path
