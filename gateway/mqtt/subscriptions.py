"""The filters of the session at the broker: those that the site asks for, and those that earlier runs left in it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence

import structlog
from paho.mqtt.client import topic_matches_sub
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from gateway.core.telemetry.readings import Message
from gateway.errors import BrokerError

log = structlog.get_logger()

_MOST_TOPICS = 20_000
"""Topics that are known to match no unheard filter; beyond, they are looked at again."""


class Subscriptions:
    """Subscribes to the wanted filters, and unsubscribes from those of earlier runs that nobody wants any more.

    A session keeps a filter until it is unsubscribed. With MQTT 5 a message that two filters match comes twice.
    """

    def __init__(
        self,
        wanted: Sequence[str],
        *,
        own_topic: str,
        earlier: Sequence[str],
        save: Callable[[Sequence[str]], Awaitable[None]],
    ) -> None:
        """
        Args:
            own_topic: a topic that is subscribed to as well, but whose refusal is no problem.
            earlier: the filters that `save` was last given, by this run or an earlier one.
            save: makes the filters durable that may be in the session.
        """
        self.wanted = tuple(wanted)
        self._own_topic = own_topic
        self._save = save
        self._saved = self._tried = frozenset(earlier)
        self.unwanted = tuple(sorted(self._saved - {*wanted, own_topic}))
        """Filters that may still be in the session."""
        self._refused: tuple[str, ...] = ()
        self._unheard = dict.fromkeys(self.wanted)
        """Wanted filters from which nothing was received in this run."""
        self._topics: set[str] = set()

    @property
    def problem(self) -> str:
        """Which filters the broker refuses, as a sentence; empty when it grants all."""
        if not self._refused:
            return ""
        return f"the broker refuses the subscription to {', '.join(self._refused)}: check its access list"

    @property
    def unheard(self) -> list[str]:
        """Wanted filters from which nothing was received in this run, though the broker has granted them."""
        return [topic_filter for topic_filter in self._unheard if topic_filter not in self._refused]

    def requests(self, version: str, *, with_own: bool) -> list[tuple[str, int | SubscribeOptions]]:
        """The filters to subscribe to, with their options in this version of MQTT.

        The broker sends what it has retained at each subscription, also where it has kept the session: a session does
        not keep what was published at QoS 0, such as the last will of many devices.
        """
        options: int | SubscribeOptions = 1
        if version == "5":
            options = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_SEND_ON_SUBSCRIBE)
        filters = (*self.wanted, self._own_topic) if with_own else self.wanted
        return [(topic_filter, options) for topic_filter in filters]

    def begin_session(self) -> None:
        """The session is a new one: nothing is in it."""
        self.unwanted = ()

    async def save(self, *, again: bool) -> None:
        """Save what may be in the session, if that has changed.

        Args:
            again: try also what could not be saved before.
        """
        filters = frozenset((*self.wanted, self._own_topic, *self.unwanted))
        if filters != self._saved and (again or filters != self._tried):
            self._tried = filters
            await self._save(sorted(filters))
            self._saved = filters

    def grant(self, reasons: Sequence[ReasonCode]) -> None:
        """The broker answers each filter of the subscription. Raises BrokerError when it grants none."""
        answers = zip(self.wanted, reasons, strict=False)  # the last answer may be to the own topic
        self._refused = tuple(topic_filter for topic_filter, reason in answers if reason.is_failure)
        if len(self._refused) == len(self.wanted):
            raise BrokerError(self.problem)
        if self._refused:
            log.warning(
                "the broker refuses a subscription: nothing is received from its topics",
                topics=" ".join(self._refused),
            )

    def mark(self, messages: Iterable[Message]) -> None:
        """Note from which filters these messages are. It costs nothing once something was received from each."""
        if not self._unheard:
            return
        topics = {message.topic for message in messages} - self._topics
        if not topics:
            return
        if len(self._topics) > _MOST_TOPICS:
            self._topics.clear()
        self._topics |= topics
        heard = [each for each in self._unheard if any(topic_matches_sub(_pattern(each), topic) for topic in topics)]
        for topic_filter in heard:
            del self._unheard[topic_filter]

    def release(self, reasons: Sequence[ReasonCode]) -> None:
        """The broker answers each filter that was to be removed from the session; MQTT 3.1.1 has no reasons."""
        refused = {
            topic_filter for topic_filter, reason in zip(self.unwanted, reasons, strict=False) if reason.is_failure
        }
        if released := [topic_filter for topic_filter in self.unwanted if topic_filter not in refused]:
            log.info("unsubscribed from what no file asks for any more", topics=" ".join(released))
        if refused:
            log.warning(
                "the broker keeps a filter that no file asks for any more: messages may come twice",
                topics=" ".join(sorted(refused)),
            )
        self.unwanted = tuple(sorted(refused))


def _pattern(topic_filter: str) -> str:
    """The filter without the name of a shared subscription."""
    return topic_filter.split("/", 2)[-1] if topic_filter.startswith("$share/") else topic_filter
