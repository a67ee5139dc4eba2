"""How the link knows that it has read what the broker kept for it: it sends itself a message and waits for it.

A broker delivers the messages of a session in order, so everything that it had queued before the fence has been read
when the fence comes back. docs/decisions/0016-fences.md has the reasons, and what replaces one that does not.
"""

from __future__ import annotations

import secrets

from gateway.mqtt.client import Client

_QUIET_FOR_S = 1.0
"""A pause of this length, after everything was acknowledged, means that nothing is queued any more."""
_WITHIN_S = 60.0
"""The backlog counts as read after so long where the broker has never delivered a fence, and is never quiet."""
_AGAIN_AFTER_S = 10.0
"""A fence that was not delivered is sent again: a broker whose queue is full drops it like any other message."""
_PROBE = b"probe"


class Fence:
    """The messages to its own topic. All times are seconds of the event loop's clock."""

    def __init__(self, topic: str) -> None:
        self.topic = topic
        self.is_up = False
        """Whether what the broker kept is still being read."""
        self.is_allowed = True
        """False after a broker has cut a connection when the fence was sent. The next one does without."""
        self.is_delivered = False
        """Whether the broker has delivered a message of this topic, so that a fence will come back."""
        self.has_passed = False
        """Whether it has come back: what was queued before it has been read."""
        self._is_tried = False
        """Whether the link has subscribed on the present connection."""
        self._nonce = b""
        self._since = self._sent_at = 0.0
        self._ping = 0
        """The number of the ping that was sent after the latest fence."""
        self._first_ping = 0
        """Of the first fence of the present connection; 0 before there is one."""

    def waited_s(self, now: float) -> float:
        """Seconds for which the backlog has been read; 0 once it is."""
        return now - self._since if self.is_up else 0.0

    def begin_connection(self) -> None:
        """The link subscribes on a new connection."""
        self._is_tried, self._first_ping = True, 0

    def end_connection(self, client: Client) -> None:
        """The connection is closed. If that was before the broker had answered, the next one tries the other way."""
        if self._is_tried:
            self.is_allowed = 0 < self._first_ping <= client.pongs or not self.is_allowed
        self._is_tried = self.is_up = self.has_passed = False

    def put_up(self, client: Client, now: float) -> None:
        """Send a fence behind everything that is queued at present."""
        self.is_up, self.has_passed = True, False
        self._nonce = secrets.token_hex(8).encode()
        self._since = now
        if self.is_allowed:
            # At QoS 0 it overtakes the queue: it comes back at once if the broker lets the topic through.
            client.publish(self.topic, _PROBE, qos=0)
        self._send(client, now)

    def take_down(self) -> None:
        """Stop waiting for it."""
        self.is_up = self.has_passed = False

    def read(self, payload: bytes) -> None:
        """A message of its topic has come back.

        Those of earlier connections, which the broker kept as well, have another nonce and say nothing.
        """
        self.is_delivered = True
        self.has_passed |= self.is_up and payload == self._nonce

    def watch(self, client: Client, now: float, *, moved_at: float, unacknowledged: int) -> str:
        """How it is known, without the fence, that the backlog has been read; empty if it is not. Sends it again.

        Args:
            moved_at: when a message was last read or acknowledged.
            unacknowledged: messages of this connection that were not acknowledged. The broker may hold others back.
        """
        if client.pongs < self._ping:
            return ""
        if not unacknowledged and moved_at < self._sent_at <= now - _QUIET_FOR_S:
            return f"the broker has sent nothing for {_QUIET_FOR_S:g} s"
        if not self.is_delivered and now - self._since >= _WITHIN_S:
            return f"{_WITHIN_S:g} s have passed"
        is_quiet = not unacknowledged and moved_at <= now - _QUIET_FOR_S
        if now - self._sent_at >= (_QUIET_FOR_S if is_quiet else _AGAIN_AFTER_S):
            self._send(client, now)
        return ""

    def _send(self, client: Client, now: float) -> None:
        if self.is_allowed:
            client.publish(self.topic, self._nonce, qos=1)
        self._ping = client.ping()
        self._first_ping = self._first_ping or self._ping
        self._sent_at = now
