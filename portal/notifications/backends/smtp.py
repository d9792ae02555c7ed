"""Send by SMTP, over one connection a batch."""

from __future__ import annotations

import smtplib
from contextlib import suppress
from typing import Self, cast
from uuid import UUID

from django.core.mail.backends.smtp import EmailBackend

from portal.notifications.backends import RejectedError, TryLaterError
from portal.notifications.backends.mime import MimeWriter
from portal.notifications.rendering import Email

PERMANENT = range(500, 600)  # RFC 5321 section 4.2.1


class SmtpBackend:
    """An SMTP server can't be asked what it accepted, so `find` never finds."""

    def __enter__(self) -> Self:
        self.connection = EmailBackend()
        self.writer = MimeWriter()
        return self

    def __exit__(self, *_: object) -> None:
        self._hang_up()

    def find(self, reference: UUID) -> str | None:
        return None

    def send(self, email: Email) -> str:
        try:
            data = self.writer.write(email)
            self._connect().sendmail(self.writer.sender, [email.to], data)
        except TryLaterError:
            raise
        except smtplib.SMTPRecipientsRefused as error:
            code, reply = next(iter(error.recipients.values()))
            raise self._judge(code, reply) from error
        except smtplib.SMTPDataError as error:
            raise self._judge(error.smtp_code, error.smtp_error) from error
        except smtplib.SMTPNotSupportedError as error:
            raise RejectedError(f"The mail server does not support this address: {error}") from error
        except OSError as error:  # time-outs, refused connections and every other SMTPException
            self._hang_up()
            raise TryLaterError(f"{type(error).__name__}: {error}") from error
        except ValueError as error:  # an address or a header that can't be written
            raise RejectedError(f"It can't be written as an e-mail: {error}") from error
        return ""

    def _connect(self) -> smtplib.SMTP:
        """The open connection, made where there is none. A refused sign-in is our fault, and may be mended."""
        try:
            self.connection.open()
        except smtplib.SMTPNotSupportedError as error:
            raise TryLaterError(f"The mail server lacks what the settings ask for: {error}") from error
        return cast(smtplib.SMTP, self.connection.connection)

    def _hang_up(self) -> None:
        with suppress(OSError):
            self.connection.close()
        self.connection.connection = None

    def _judge(self, code: int, reply: bytes | str) -> RejectedError | TryLaterError:
        """What the server's answer means. After a temporary one (421 above all) it may be hanging up itself."""
        words = f"{code} {reply.decode('utf-8', 'replace') if isinstance(reply, bytes) else reply}"
        if code in PERMANENT:
            return RejectedError(words)
        self._hang_up()
        return TryLaterError(words)
