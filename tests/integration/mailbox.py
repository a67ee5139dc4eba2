"""A mail server and a web server that a test takes away and brings back, and what they were given."""

from __future__ import annotations

import asyncio
import email.policy
import hashlib
import hmac
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.servers import HOST, free_port


def key_of(message_id: str) -> str:
    """What stands in the header X-Gateway-Id behind the identity of the store: what was said to whom."""
    return message_id.partition("/")[2]


@dataclass(slots=True)
class Mail:
    """One mail, as it came."""

    to: str
    id: str
    """As of `key_of`."""
    subject: str
    body: str


@dataclass(slots=True)
class MailServer:
    """Speaks SMTP; `accepts` is False for a server that refuses every mail for now."""

    port: int = field(default_factory=free_port)
    mails: list[Mail] = field(default_factory=list)
    refuses: bool = False
    _controller: Controller | None = None

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """What aiosmtpd calls with a mail."""
        if self.refuses:
            return "451 try again later"
        content = envelope.original_content
        assert isinstance(content, bytes)
        message = BytesParser(policy=email.policy.default).parsebytes(content)
        part = message.get_body()
        assert part is not None
        self.mails.append(
            Mail(
                str(message["To"]),
                key_of(str(message["X-Gateway-Id"])),
                str(message["Subject"]),
                part.get_content().strip(),
            )
        )
        return "250 taken"

    def start(self) -> None:
        """Answer from now on."""
        self._controller = Controller(self, hostname=HOST, port=self.port)
        self._controller.start()

    def stop(self) -> None:
        """Refuse connections from now on."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None


@dataclass(slots=True)
class Posted:
    """One request, as it came."""

    headers: Mapping[str, str]
    body: bytes
    status: int
    """How it was answered."""

    @property
    def content(self) -> dict[str, Any]:
        """The JSON of it."""
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def id(self) -> str:
        """As of `key_of`."""
        return key_of(self.headers["X-Gateway-Id"])

    def is_signed_with(self, secret: str) -> bool:
        """Whether its signature is that of who knows the secret."""
        signed = self.headers["X-Gateway-Timestamp"].encode() + b"." + self.body
        expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
        return self.headers["X-Gateway-Signature"] == f"sha256={expected}"


class Hook:
    """A web server that answers 500 with this share of requests, also of those that it has taken."""

    def __init__(self, *, fails: float = 0.0, seed: int = 1) -> None:
        self.port = free_port()
        self.posted: list[Posted] = []
        self.taken: list[str] = []
        """The ids of what it has taken, each as often as it came."""
        self.fails = fails
        self.answer: tuple[int, dict[str, str]] | None = None
        """In place of chance: the status of all answers, and their headers."""
        self._random = random.Random(seed)
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}/hook"

    def take(self, headers: Mapping[str, str], body: bytes) -> tuple[int, dict[str, str]]:
        """The answer to a request."""
        status, extra = self.answer or (200, {})
        chance = self._random.random()
        has_taken = status < 300 and chance >= self.fails / 2
        if self.answer is None and chance < self.fails:
            status = 500  # half of these it has taken all the same
        if has_taken:
            self.taken.append(key_of(headers["X-Gateway-Id"]))
        self.posted.append(Posted(headers, body, status))
        return status, extra

    def start(self) -> None:
        """Answer from now on."""
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, extra = hook.take({**self.headers}, body)
                self.send_response(status)
                for name, value in extra.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nothing on stderr."""

        self._server = ThreadingHTTPServer((HOST, self.port), Handler)
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    async def stop(self) -> None:
        """Refuse connections from now on."""
        server, self._server = self._server, None
        if server is not None:
            await asyncio.to_thread(server.shutdown)
            server.server_close()
