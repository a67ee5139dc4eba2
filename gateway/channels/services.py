"""Sends messages through services that Apprise knows: mail servers, text messages, calls, chats."""

from __future__ import annotations

import asyncio
import logging
import re
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from urllib.parse import quote

import apprise

from gateway.channels.outcome import Message, NotSent
from gateway.channels.texts import body_of
from gateway.channels.webhook import FINAL
from gateway.errors import SettingsError

WITHIN_S = 30.0
"""So long may one attempt take. Then nobody knows whether it has arrived, and it is tried again."""
_MAIL = ("mailto://", "mailtos://")
_PLACE = "{address}"
"""Stands in a URL for the address of the person."""
_EXCEPTION = "Socket Exception: "
"""So Apprise begins, on the level debug, what an exception of smtplib or of the network says."""
_REFUSED_RECIPIENT = re.compile(r"\{.*: \(5\d\d, b['\"].*\)\}$", re.DOTALL)
"""What smtplib's `SMTPRecipientsRefused` says: that a mail server takes no mail to this address. Other refusals have no
braces."""
_HTTP_STATUS = re.compile(r"\berror=(\d{3})\b")
"""How plugins of Apprise report the status of an HTTP answer."""


class _Ear(logging.Handler):
    """Keeps what Apprise says in a thread, for as long as that is asked for."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self._threads = threading.local()

    def emit(self, record: logging.LogRecord) -> None:
        """What `logging` calls."""
        said: list[logging.LogRecord] | None = getattr(self._threads, "said", None)
        if said is not None:
            said.append(record)

    @contextmanager
    def listening(self) -> Iterator[list[logging.LogRecord]]:
        """What is said in this thread meanwhile."""
        self._threads.said = said = list[logging.LogRecord]()
        try:
            yield said
        finally:
            del self._threads.said


_ear = _Ear()
_logger = logging.getLogger("apprise")
_logger.addHandler(_ear)
_logger.setLevel(logging.DEBUG)  # the answers of mail servers are told on no other level
_logger.propagate = False  # what it says is in the outcome; on stderr it could show a password


class AppriseSender:
    """Sends by one URL of Apprise, in which `{address}` stands for the address of the person.

    Apprise blocks, and ends when the other side lets it. So each attempt has a thread of its own, which holds up
    neither the end of the gateway nor the attempts to others; while it lasts there is no second to the same address.
    """

    def __init__(self, channel: str, url: str, *, example: str) -> None:
        """
        Args:
            example: an address, to see whether the URL is valid.

        Raises:
            SettingsError: Apprise does not understand the URL, or it has no place for the address.
        """
        if _PLACE not in url:
            raise SettingsError(f"{channel}: the URL has no {_PLACE}: write it where the address of the person belongs")
        self._channel, self._url = channel, url
        self._busy: set[str] = set()
        """Addresses to which an attempt is under way."""
        service, complaints = _service_of(self._url_to(example, "id"))
        if not service:
            scheme = url.partition(":")[0] if "://" in url else "no scheme"
            raise SettingsError(
                f"{channel}: Apprise does not understand this URL of {scheme}: see the page of the service at "
                f"https://github.com/caronc/apprise/wiki"
            )
        self._takes_example = not complaints

    async def send(self, message: Message) -> NotSent | None:
        """Send it."""
        address = message.notice.way.address
        if address in self._busy:
            return NotSent("the attempt before has not ended yet")
        done = Future[NotSent | None]()
        done.set_running_or_notify_cancel()  # who waits may be cancelled; the attempt cannot
        self._busy.add(address)
        try:
            threading.Thread(target=self._work, args=(message, done), name=self._channel, daemon=True).start()
        except RuntimeError as error:
            self._busy.discard(address)
            return NotSent(str(error))
        answer = asyncio.wrap_future(done)
        await asyncio.wait({answer}, timeout=WITHIN_S)
        return answer.result() if answer.done() else NotSent(f"no answer within {WITHIN_S:g} s")

    def _work(self, message: Message, done: Future[NotSent | None]) -> None:
        outcome: NotSent | None = NotSent("Apprise has failed")
        try:
            outcome = self._attempt(message)
        finally:
            self._busy.discard(message.notice.way.address)
            done.set_result(outcome)

    def _attempt(self, message: Message) -> NotSent | None:
        service, complaints = _service_of(self._url_to(message.notice.way.address, message.id))
        if not service or (complaints and self._takes_example):
            # Without a recipient that it understands, a plugin may send to its own number, and call that a success.
            return NotSent(complaints or "the service does not take this address", is_final=True)
        body = body_of(message)
        if body.lstrip().startswith("<"):
            body = f"· {body}"  # a call would take it for commands to the telephone service
        with _ear.listening() as said:
            is_taken = service.notify(title=message.notice.title, body=body, body_format=apprise.NotifyFormat.TEXT)
        if is_taken:
            return None
        words = [_warnings(said), *(_answers(said) if self._url.startswith(_MAIL) else ())]
        return NotSent("; ".join(filter(None, words)) or "the service did not take it", is_final=_is_final(said))

    def _url_to(self, address: str, message_id: str) -> str:
        url = self._url.replace(_PLACE, quote(address, safe=""))
        if not url.startswith(_MAIL):
            return url
        return f"{url}{'&' if '?' in url else '?'}+X-Gateway-Id={quote(message_id, safe='')}"


def _service_of(url: str) -> tuple[apprise.Apprise, str]:
    """The service of a URL, empty where Apprise does not understand it; and what it complains of."""
    here = apprise.AppriseAsset(async_mode=False, service_timeout=0)  # in this thread, not in those of Apprise
    service = apprise.Apprise(asset=here)
    with _ear.listening() as said:
        service.add(url)
    return service, _warnings(said)


def _warnings(said: Sequence[logging.LogRecord]) -> str:
    return "; ".join(dict.fromkeys(each.getMessage() for each in said if each.levelno >= logging.WARNING))


def _answers(said: Sequence[logging.LogRecord]) -> Iterator[str]:
    """What a mail server has answered, or why there is no answer. Of HTTP services this could show a URL's secret."""
    for each in said:
        if (text := each.getMessage()).startswith(_EXCEPTION):
            yield text.removeprefix(_EXCEPTION)


def _is_final(said: Sequence[logging.LogRecord]) -> bool:
    """Whether the other side says that it never takes this. What is not understood may pass."""
    for each in said:
        text = each.getMessage()
        if text.startswith(_EXCEPTION) and _REFUSED_RECIPIENT.search(text):
            return True
        status = _HTTP_STATUS.search(text) if each.levelno >= logging.WARNING else None
        if status is not None and int(status[1]) in FINAL:
            return True
    return False
