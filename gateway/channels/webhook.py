"""Sends messages to webhooks, signed, so that another system can take over alarms and work without doubles."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import msgspec

from gateway import __version__
from gateway.channels.outcome import Message, NotSent
from gateway.core.kernel.times import DAY, SECOND, Micros, from_datetime, isoformat

if TYPE_CHECKING:
    import httpx

WITHIN_S = 10.0
FINAL = frozenset({400, 401, 403, 404, 410, 422})
"""The HTTP statuses by which the other side says that it will never take this message."""
_LONGEST_WAIT: Micros = DAY
_SAID = 200
_WORDS_WITHIN_S = 1.0


class WebhookSender:
    """Posts JSON. docs/notifications.md says what is in it, and how to check the signature."""

    def __init__(self, site: str, secret: str | None, *, now: Callable[[], Micros], within_s: float = WITHIN_S) -> None:
        """`secret` signs the messages; without one they are not signed."""
        self._site, self._secret, self._now, self._within_s = site, secret, now, within_s
        self._client: httpx.AsyncClient | None = None

    async def send(self, message: Message) -> NotSent | None:
        """Post it."""
        import httpx  # which costs memory that a gateway without webhooks has no use for

        if self._client is None:
            self._client = await asyncio.to_thread(make_client, self._within_s)  # reads the certificates of the system
        now = self._now()
        body = payload_of(self._site, message, now)
        timestamp = str(now // SECOND)
        headers = {
            "Content-Type": "application/json",
            "X-Gateway-Id": message.id.encode("ascii", "backslashreplace").decode(),
            "X-Gateway-Timestamp": timestamp,
        }
        if self._secret is not None:
            headers["X-Gateway-Signature"] = signature(self._secret, timestamp, body)
        try:
            async with (
                asyncio.timeout(self._within_s),
                self._client.stream("POST", message.notice.way.address, content=body, headers=headers) as answer,
            ):
                if answer.is_success:
                    return None
                said = await _beginning(answer)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            return NotSent(f"not a URL that can be posted to: {error}", is_final=True)
        except (httpx.HTTPError, TimeoutError) as error:
            return NotSent(f"{type(error).__name__}: {error}".rstrip(": "))
        reason = f"HTTP {answer.status_code} {answer.reason_phrase}: {said}".rstrip(": ")
        return NotSent(reason, answer.status_code in FINAL, _retry_after(answer.headers.get("Retry-After"), now))


def make_client(within_s: float) -> httpx.AsyncClient:
    """A client that follows no redirect and waits for at most so many seconds at a time."""
    import httpx

    headers = {"User-Agent": f"facility-gateway/{__version__}", "Accept-Encoding": "identity"}
    return httpx.AsyncClient(timeout=within_s, follow_redirects=False, headers=headers)


async def _beginning(answer: httpx.Response) -> str:
    """The first words of an answer, however long it is; none where they do not come. The status says enough."""
    import httpx

    try:
        async with asyncio.timeout(_WORDS_WITHIN_S):
            async for part in answer.aiter_raw(_SAID):  # as it comes: what is compressed may be huge
                return part[:_SAID].decode("utf-8", "replace").strip()
    except (httpx.HTTPError, TimeoutError):
        return ""
    return ""


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """`sha256=` and the HMAC of the timestamp, a point and the body, in hex."""
    digest = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    return f"sha256={digest.hexdigest()}"


def payload_of(site: str, message: Message, now: Micros) -> bytes:
    """The message as machines read it, as JSON."""
    notice = message.notice
    content: dict[str, Any] = {
        "id": message.id,
        "site": site,
        "store": message.store,
        "notice": notice.number,
        "kind": notice.kind,
        "about": str(notice.about),
        "urgency": notice.urgency.value,
        "person": notice.person,
        "title": notice.title,
        "body": notice.body,
        "items": [msgspec.structs.asdict(item) for item in notice.items],
        "links": [{"purpose": link.purpose.value, "about": link.about, "url": link.url} for link in message.links],
        "decided_at": isoformat(notice.since),
        "sent_at": isoformat(now),
        "attempt": notice.attempts,
    }
    return msgspec.json.encode(content)


def _retry_after(text: str | None, now: Micros) -> Micros:
    """What the other side asks for, in seconds or as a date; 0 where it asks for nothing that can be understood."""
    if text is None:
        return 0
    try:
        wait = int(text) * SECOND if text.strip().isdigit() else from_datetime(parsedate_to_datetime(text)) - now
    except (ValueError, TypeError, OverflowError):  # neither a number nor a date, or a date without a zone
        return 0
    return min(max(wait, 0), _LONGEST_WAIT)
