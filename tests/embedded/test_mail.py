"""The demo's post box, over real SMTP."""

from __future__ import annotations

import smtplib
import stat
from email.message import EmailMessage
from pathlib import Path

from portal.embedded import processes
from portal.embedded.mail import MailServer

LINK = "http://127.0.0.1:8000/accounts/confirm-email/" + "x" * 100 + "/"


def send(port: int, subject: str) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "portal@example.org", "ada@example.org", subject
    message.set_content(f"Confirm that this is your address – go to {LINK}\n", cte="quoted-printable")
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        client.send_message(message)


def test_post_box_keeps_each_e_mail_to_read_and_names_its_link(tmp_path: Path) -> None:
    said: list[str] = []
    for subject in ("Confirm your e-mail address", "../../Überraschung"):  # two runs of the demo
        server = MailServer(tmp_path / "mail", processes.free_port(), said.append)
        server.start()
        try:
            send(server.port, subject)
        finally:
            server.stop()
    assert sorted(path.name for path in (tmp_path / "mail").iterdir()) == [
        "0001-confirm-your-e-mail-address.eml",
        "0001-confirm-your-e-mail-address.txt",
        "0002-berraschung.eml",
        "0002-berraschung.txt",
    ]
    assert LINK in (tmp_path / "mail/0001-confirm-your-e-mail-address.txt").read_text()
    assert said[0] == f"E-mail to ada@example.org: Confirm your e-mail address  {LINK}"
    assert stat.S_IMODE((tmp_path / "mail").stat().st_mode) == 0o700
