"""The demo's post box: takes every e-mail by SMTP, delivers none, keeps each as a file to read."""

from __future__ import annotations

import re
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


def words(message: EmailMessage) -> str:
    """The plain text of an e-mail, with links unbroken."""
    body = message.get_body(("plain", "html"))
    return str(body.get_content()) if body else ""


def first_link(text: str) -> str:
    found = re.search(r"https?://\S+", text)
    return found[0] if found else ""


class PostBox:
    """Keeps e-mails in `folder`: each as `.eml` as it came and as `.txt` to read."""

    def __init__(self, folder: Path, announce: Callable[[str], None]) -> None:
        self.folder = folder
        self.announce = announce
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.count = max((int(path.stem.split("-")[0]) for path in folder.glob("*-*.eml")), default=0)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        message = message_from_bytes(envelope.original_content or b"", policy=policy.default)
        assert isinstance(message, EmailMessage)  # noqa: S101 - what this policy makes
        self.keep(message, ", ".join(envelope.rcpt_tos))
        return "250 Kept"

    def keep(self, message: EmailMessage, recipient: str) -> None:
        self.count += 1
        subject = str(message.get("Subject", "no subject"))
        name = f"{self.count:04}-{re.sub(r'[^a-z0-9]+', '-', subject.lower()).strip('-')[:60]}"
        text = words(message)
        (self.folder / f"{name}.eml").write_bytes(message.as_bytes())
        (self.folder / f"{name}.txt").write_text(f"To: {recipient}\nSubject: {subject}\n\n{text}")
        self.announce(f"E-mail to {recipient}: {subject}  {first_link(text)}".rstrip())


class MailServer(Controller):
    """An SMTP server on a free port of 127.0.0.1, in a thread of the launcher."""

    def __init__(self, folder: Path, port: int, announce: Callable[[str], None]) -> None:
        super().__init__(PostBox(folder, announce), hostname="127.0.0.1", port=port)
