"""Write an e-mail as the bytes that SMTP carries (RFC 5322, RFC 2046)."""

from __future__ import annotations

import re
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.message import sanitize_address

from portal.notifications.rendering import PLACE, Email

# Almost every address; it needs none of the work that makes others fit for a header.
PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+")


class MimeWriter:
    """Writes the e-mails of one batch. What all readers of a notice share is encoded once for all."""

    def __init__(self) -> None:
        self.shared: dict[tuple[str, str, str], bytes] = {}
        self.sender = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
        self.domain = self.sender.rpartition("@")[2] or "localhost"

    def write(self, email: Email) -> bytes:
        """Raises `ValueError` for an address or a subject that can't stand in a header."""
        key = (email.subject, email.text, email.html)
        if key not in self.shared:
            self.shared[key] = _encode(email.subject, email.text, email.html)
        shared = self.shared[key]
        if shared.count(PLACE.encode()) != (email.text + email.html).count(PLACE):
            # A very long line made the encoding break the place for the link in two.
            shared = _encode(email.subject, email.fill(email.text), email.fill(email.html))
        own = "".join(f"{name}: {value}\r\n" for name, value in self._own_headers(email).items())
        return own.encode("ascii") + shared.replace(PLACE.encode(), email.unsubscribe_url.encode())

    def _own_headers(self, email: Email) -> dict[str, str]:
        """The headers that belong to this reader. `Message-ID` comes from the reference: a second copy shows."""
        headers = {
            "To": email.to if PLAIN_ADDRESS.fullmatch(email.to) else sanitize_address(email.to, "utf-8"),
            "Message-ID": f"<{email.reference}@{self.domain}>",
        }
        if email.unsubscribe_url:
            headers["List-Unsubscribe"] = f"<{email.unsubscribe_url}>"
            headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058
        return headers


def _encode(subject: str, text: str, html: str) -> bytes:
    """Everything but the reader's own headers: the other headers, an empty line, text and HTML."""
    mail = EmailMultiAlternatives(
        subject=subject,
        body=text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        headers={"Auto-Submitted": "auto-generated"},  # RFC 3834: no out-of-office replies
    )
    if html:
        mail.attach_alternative(html, "text/html")
    mime = mail.message()
    del mime["Message-ID"]
    return mime.as_bytes(linesep="\r\n")  # type: ignore[call-arg]  # Django's own message takes it
