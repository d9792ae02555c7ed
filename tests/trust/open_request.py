"""Fill an empty portal with one open request and a supplier's editor; run as a program, in a process of its own.

It prints, as JSON, the address of the form on which the editor asks a question, and the key of a session.
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta

import django


def main() -> None:
    django.setup()
    from django.conf import settings
    from django.test import Client
    from django.urls import reverse
    from django.utils import timezone

    from portal.organisations.choices import Role
    from tests.engagement.makers import make_authority, make_request
    from tests.factories import make_member, make_supplier

    authority, now = make_authority(), timezone.now()
    make_member(authority, role=Role.OWNER)
    make_member(authority, role=Role.EDITOR)
    request = make_request(
        authority,
        opens_at=now - timedelta(days=1),
        published_at=now - timedelta(days=1),
        questions_close_at=now + timedelta(days=20),
        closes_at=now + timedelta(days=30),
    )
    browser = Client()
    browser.force_login(make_member(make_supplier(), role=Role.EDITOR))
    session = browser.cookies[settings.SESSION_COOKIE_NAME].value
    form = reverse("engagement:question-ask", args=[request.reference])
    sys.stdout.write(json.dumps({"form": form, "session": session}))


if __name__ == "__main__":
    main()
