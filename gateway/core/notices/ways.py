"""Ways to reach people, and the channels that carry messages."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import StrEnum

import msgspec

from gateway.core.site.people import ContactWay


class Channel(StrEnum):
    """What carries messages."""

    EMAIL = "email"
    SMS = "sms"
    VOICE = "voice"
    MQTT = "mqtt"
    WEBHOOK = "webhook"
    SIREN = "siren"
    """A horn of the site: it is for a place, not for a person."""

    @property
    def is_machine(self) -> bool:
        """Whether a machine takes the messages: it may be told at any hour. A siren is heard by people."""
        return self in (Channel.MQTT, Channel.WEBHOOK)


ALL_CHANNELS = frozenset(Channel)
BY_BROKER = (Channel.MQTT, Channel.SIREN)
"""What goes to the MQTT broker, which works when the gateway hears."""
_OF_KIND = {
    "email": (Channel.EMAIL,),
    "phone": (Channel.SMS, Channel.VOICE),
    "mqtt": (Channel.MQTT,),
    "webhook": (Channel.WEBHOOK,),
}
"""The channels to a way of contact, by its kind in the site's files, the usual one first."""


class Way(msgspec.Struct, frozen=True, order=True, gc=False):
    """A channel and an address on it."""

    channel: Channel
    address: str

    def __str__(self) -> str:
        return f"{self.channel.value}:{self.address}"


SIREN = Way(Channel.SIREN, "site")
"""The siren of the site."""


def ways_to(kind: str, address: str, available: Collection[Channel]) -> list[Way]:
    """The ways to an address of this kind (email, phone, mqtt, webhook) by channels that the gateway has."""
    return [Way(channel, address) for channel in _OF_KIND[kind] if channel in available]


def ways_of(contact: Iterable[ContactWay], available: Collection[Channel], *, may_ring: bool) -> list[Way]:
    """The ways to a person, in the order of the site's files.

    Args:
        may_ring: whether a call is one of them: behind the text message to the same number. Without a channel for text
            messages a call is the only way to that number, and always one of them.
    """
    found: list[Way] = []
    for each in contact:
        ways = ways_to(*each.way, available)
        found += ways if may_ring else ways[:1]
    return list(dict.fromkeys(found))


def proven_ways(contact: Iterable[ContactWay], available: Collection[Channel]) -> list[Way]:
    """One way to each address of a person."""
    return ways_of(contact, available, may_ring=False)
