"""Events of devices."""

from __future__ import annotations

from gateway.core.kernel.events import Event
from gateway.core.kernel.times import Micros
from gateway.core.telemetry.readings import Message, Reading


class TagScanned(Event, frozen=True, kw_only=True):
    """A reader has scanned a tag."""

    device: str
    """The reader's id."""
    uid: str
    """Upper-case hex without separators."""
    time: Micros
    """When it was scanned."""
    received: Micros
    """When the gateway received it."""


class DeviceHeard(Event, frozen=True, kw_only=True):
    """A device whose next word was awaited has said something."""

    reading: Reading
    message: Message
    number: int
    """The message's number in the journal."""


class ValuesAged(Event, frozen=True, kw_only=True):
    """Some values of a device have become too old: rules do not know them any more."""

    device: str
    metrics: frozenset[str]


class ValuesRevived(Event, frozen=True, kw_only=True):
    """A device is heard again: its aged values are known again, besides those that this reading replaces."""

    metrics: frozenset[str]
    reading: Reading
    message: Message
    number: int
    """The message's number in the journal."""


class SilenceBegan(Event, frozen=True, kw_only=True):
    """A device is silent. At the start of a run also: it was silent when the earlier run ended."""

    device: str
    since: Micros
    """When it was last heard, or, if it never was, when the gateway first knew of it."""
    is_new: bool
    """Whether it was never heard."""
    every: Micros
    """How often it should send at least."""
    time: Micros
    """The present."""


class SilenceEnded(Event, frozen=True, kw_only=True):
    """A silent device was heard again."""

    device: str
    reading: Reading
    message: Message
    number: int
    """The message's number in the journal."""
