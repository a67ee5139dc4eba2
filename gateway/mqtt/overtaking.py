"""Whether messages came before older ones that the broker had queued on their topics."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.core.telemetry.readings import Message


class Overtaking:
    """Looks at what comes until the broker's backlog is read.

    Mosquitto sends QoS 0 past the queue of a session. Of a device whose last will is of QoS 1 and whose `Online` is of
    QoS 0, the `Online` comes before the `Offline` that was queued earlier, if the backlog is longer than what may be in
    flight. Then the last word was heard first, and what the broker has retained is needed once more.
    """

    def __init__(self) -> None:
        self._topics: set[str] = set()
        """Of messages that may have overtaken others."""
        self._is_found = False
        """Whether a message that was queued came after one that was not, on its topic."""

    def mark(self, messages: Iterable[Message]) -> None:
        """Messages of the backlog, in the order in which they came."""
        for message in messages:
            if message.retained or not message.packet_id:
                self._topics.add(message.topic)
            elif message.topic in self._topics:
                self._is_found = True

    def take(self) -> bool:
        """Whether messages were overtaken since this was last called: the backlog has been read, or a new one comes."""
        is_found, self._is_found = self._is_found, False
        self._topics.clear()
        return is_found
