"""What was read from one connection: until it is handed out, and what is to be acknowledged of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import paho.mqtt.client as paho

from gateway.core.kernel.times import SECOND, Micros, Now
from gateway.core.telemetry.readings import Message
from gateway.mqtt.packets import take_messages


class Inbox:
    """The messages of one connection, in the order in which they came."""

    def __init__(
        self,
        connection: int,
        *,
        five: bool,
        own_topic: str,
        receive_own: Callable[[bytes], None],
        after: Micros,
    ) -> None:
        """
        Args:
            five: whether it is of MQTT 5.
            own_topic: of messages to oneself. `receive_own` is called with the payload of each, in place of keeping it.
            after: when the latest message of earlier connections was received.
        """
        self._connection = connection
        self._five = five
        self._own_topic = own_topic
        self._receive_own = receive_own
        self.last_received = after
        self.messages: list[Message] = []
        """Those that are not handed out yet."""
        self._handed_out = self._acknowledged = 0
        self._own: deque[tuple[int, int]] = deque()
        """Messages to oneself to acknowledge: how many others were read before, and the packet identifier."""

    @property
    def unacknowledged(self) -> int:
        """Messages that were read and not acknowledged."""
        return self._handed_out - self._acknowledged + len(self.messages)

    def take(self, data: bytes, start: int, now: Now) -> int:
        """Take the messages at the beginning of `data[start:]`; returns where what it leaves begins."""
        messages = self.messages
        start = take_messages(
            data,
            start,
            messages,
            five=self._five,
            without=self._own_topic,
            received=self._time_of_next(now.wall),
            connection=self._connection,
            steady=now.steady,
        )
        if messages:
            self.last_received = messages[-1].received
        return start

    def receive(self, message: paho.MQTTMessage, now: Now) -> None:
        """Take a message that `take` has left: it came in parts, is to oneself, or is not as most are."""
        self.last_received = received = self._time_of_next(now.wall)
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = "(a topic that is not UTF-8)"
        packet_id = message.mid if message.qos else 0
        dup, retain, payload = message.dup, message.retain, bytes(message.payload)
        if topic == self._own_topic:
            if packet_id:
                self._own.append((self._handed_out + len(self.messages), packet_id))
            self._receive_own(payload)
            return
        self.messages.append(Message(topic, payload, received, packet_id, self._connection, dup, retain, now.steady))

    def hand_out(self, to: Callable[[list[Message]], int], most: int) -> None:
        """Hand out at most so many messages. `to` returns how many it has taken; the others stay."""
        taken = to(self.messages[:most])
        self._handed_out += taken
        self.messages = self.messages[taken:]

    def acknowledge(self, messages: int) -> None:
        """So many more were acknowledged."""
        self._acknowledged += messages

    def own_to_acknowledge(self) -> list[int]:
        """The identifiers of messages to oneself whose turn it is: MQTT requires the order in which they came."""
        packet_ids = []
        while self._own and self._own[0][0] <= self._acknowledged:
            packet_ids.append(self._own.popleft()[1])
        return packet_ids

    def _time_of_next(self, now: Micros) -> Micros:
        """When the next message is received: no two at the same time, so that readings without a stamp stay apart."""
        is_set_back = now <= self.last_received - SECOND
        return now if is_set_back else max(now, self.last_received + 1)
