"""Real servers for the e-mail to go to: an SMTP sink, and an HTTP server that speaks the GOV.UK Notify API.

Each keeps what it accepted, and can be told how to answer. `on_event(moment, number, reference)` is
called just before message `number` is accepted ("before"), between accepting and answering
("accepted") and just after the answer ("replied").
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
import uuid
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.controller import UnthreadedController
from aiosmtpd.smtp import SMTP, Envelope, Session

from portal.embedded.processes import free_port

Event = Callable[[str, int, str], None]
AFTER_REPLY = 0.003  # seconds: the answer is on its way, and the worker at most busy with its commit


def reference_of(message: EmailMessage) -> str:
    return str(message["Message-ID"]).strip("<>").partition("@")[0]


class SmtpSink:
    """Accepts e-mail on a free port of this machine. `answers` are given to the next messages instead of 250."""

    def __init__(self) -> None:
        self.port = free_port()
        self.messages: list[EmailMessage] = []
        self.sessions: list[Session] = []
        self.refused: dict[str, str] = {}
        self.answers: list[str] = []
        self.silent = False
        self.on_event: Event = lambda moment, number, reference: None

    def __enter__(self) -> SmtpSink:
        self.loop = asyncio.new_event_loop()
        self.controller = UnthreadedController(self, hostname="127.0.0.1", port=self.port, loop=self.loop)
        ready = threading.Event()
        self.thread = threading.Thread(target=self._serve, args=[ready])
        self.thread.start()
        ready.wait(10)
        return self

    def _serve(self, ready: threading.Event) -> None:
        """All in the sink's own thread: a browser test has another event loop in its own."""
        self.controller.begin()
        self.loop.call_soon(ready.set)
        self.loop.run_forever()

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()

    async def _close(self) -> None:
        await self.controller.finalize()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    @property
    def references(self) -> list[str]:
        return [reference_of(message) for message in self.messages]

    async def handle_RCPT(  # noqa: N802 -- the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        message = message_from_bytes(envelope.content, policy=policy.default)  # type: ignore[arg-type]
        number, reference = len(self.messages) + 1, reference_of(message)
        if self.silent:
            await asyncio.sleep(60)
        if self.answers:
            return self.answers.pop(0)
        self.on_event("before", number, reference)
        self.messages.append(message)
        if session not in self.sessions:
            self.sessions.append(session)
        self.on_event("accepted", number, reference)
        self.loop.call_later(AFTER_REPLY, self.on_event, "replied", number, reference)
        return "250 OK"


class NotifyApi:
    """The two calls of the GOV.UK Notify API that the portal makes. `answers` are statuses for the next sends."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.accepted: list[dict] = []
        self.calls: list[tuple[str, str]] = []  # ("find" or "send", reference), in order
        self.answers: list[int] = []
        self.delay = 0.0
        self.on_event: Event = lambda moment, number, reference: None
        self.lock = threading.Lock()

    def __enter__(self) -> NotifyApi:
        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), _handler_for(self))
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # a killed worker's connection ends as it ends
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(10)

    @property
    def references(self) -> list[str]:
        return [sent["reference"] for sent in self.accepted]

    def find(self, reference: str) -> dict:
        self.calls.append(("find", reference))
        return {"notifications": [sent for sent in self.accepted if sent["reference"] == reference], "links": {}}

    def send(self, asked: dict) -> tuple[int, dict]:
        self.calls.append(("send", asked["reference"]))
        if self.answers:
            status = self.answers.pop(0)
            time.sleep(self.delay)
            return status, {"status_code": status, "errors": [{"error": "Error", "message": f"answer {status}"}]}
        number = len(self.accepted) + 1
        self.on_event("before", number, asked["reference"])
        self.accepted.append({"id": str(uuid.uuid4()), **asked})
        self.on_event("accepted", number, asked["reference"])
        return 201, self.accepted[-1]


def _handler_for(api: NotifyApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)
            with api.lock:
                self.answer(200, api.find(query["reference"][0]))

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with api.lock:
                status, body = api.send(asked)
                number = len(api.accepted)
            self.answer(status, body)
            time.sleep(AFTER_REPLY)
            api.on_event("replied", number, asked["reference"])

        def answer(self, status: int, body: dict) -> None:
            data = json.dumps(body).encode()
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
            except OSError:  # the worker was killed, or has stopped waiting
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Nothing: the tests look at what was recorded."""

    return Handler
