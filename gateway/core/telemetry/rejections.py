"""Tells of rejected values: what a message says last of life-safety metrics, and that its device was heard at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from gateway.core.kernel.events import Event
from gateway.core.kernel.times import Micros
from gateway.core.profiles.metric import AVAILABILITY
from gateway.core.telemetry.decoding.checks import shown
from gateway.core.telemetry.decoding.messages import Decoded
from gateway.core.telemetry.events import AllRejected, ValuesRejected
from gateway.core.telemetry.placing import Placed
from gateway.core.telemetry.quarantine import Reason, Rejected
from gateway.core.telemetry.readings import OF_EARLIER, RECEIVED, Message, Reading
from gateway.core.telemetry.senders import Sender
from gateway.core.telemetry.stamps import Stamps

Carried = Iterable[tuple[Sender, frozenset[str]]]
"""Devices, each with metrics that a message carries of it."""

_NONE: frozenset[str] = frozenset()
_SHOWN_OF_FAILURE = 400
"""Characters of a decoder's exception that its rejection shows."""


def failure_of(error: Exception) -> Rejected:
    """A decoder's unforeseen exception, which costs its message alone."""
    detail = f"the decoder failed, which is a bug of the gateway: {shown(error, _SHOWN_OF_FAILURE)}"
    return Rejected(Reason.DECODER_FAILED, detail)


class _Word(NamedTuple):
    """What a reading says of a metric that was rejected."""

    sender: Sender
    time: Micros
    origin: int
    sentence: str


class Rejections:
    """Tells of rejected life-safety values that no later value of their message replaces, and of lone rejected ones."""

    def __init__(
        self, life_safety: Mapping[str, frozenset[str]], stamps: Stamps, emit: Callable[[Event], None]
    ) -> None:
        """`life_safety` holds the life-safety metrics of each device that has some."""
        self._life_safety = life_safety
        self._stamps = stamps
        self._emit = emit

    def matter(self, sender: Sender, decoded: Decoded) -> bool:
        """Whether a life-safety value of this reading was rejected."""
        return any(True for _ in self._of(sender, decoded))

    def tell_of_readings(self, message: Message, number: int, placed: Sequence[Placed]) -> None:
        """Emit an event for each device whose last word on a metric was rejected in these readings of a message.

        An empty message says nothing: it deletes a retained one.
        """
        self._tell_of_devices(message, number, placed)
        rejected: dict[str, dict[str, _Word]] = {}
        for each in placed if message.payload else ():
            sender, decoded = each.sender, each.decoded
            time, origin = each.time, each.origin
            if message.retained:
                time, origin = self._stamps.place_retained(sender, decoded, time, origin, message.received)
            if time is None or origin in OF_EARLIER:
                continue
            words = rejected.setdefault(sender.id, {})
            sentences = dict(self._of(sender, decoded))
            for name in decoded.values.keys() - sentences.keys():
                words.pop(name, None)
            for name, sentence in sentences.items():
                if not (message.retained and name in sender.events):
                    words[name] = _Word(sender, time, origin, sentence)
        for words in rejected.values():
            if words:
                newest = max(words.values(), key=lambda word: word.time)
                sentences = {name: word.sentence for name, word in words.items()}
                self._tell(message, number, newest.sender, newest.time, newest.origin, sentences)

    def _tell_of_devices(self, message: Message, number: int, placed: Sequence[Placed]) -> None:
        """Emit an event for each device of which the message has rejected values alone: it was heard all the same."""
        if message.retained or not message.payload:
            return
        present = [each for each in placed if each.time is not None and each.origin not in OF_EARLIER]
        told = {each.sender.id for each in present if each.decoded.values.keys() - {AVAILABILITY}}
        for each in present:
            sender, has_said = each.sender, any(one.metric != AVAILABILITY for one in each.decoded.rejected)
            if has_said and sender.id not in told:
                told.add(sender.id)
                time = message.received if each.time is None else each.time
                reading = Reading(sender.id, sender.profile_name, time, message.received, {}, each.origin)
                self._emit(AllRejected(reading=reading, message=message, number=number))

    def tell_of_message(self, message: Message, number: int, carried: Carried, sentence: str) -> None:
        """Emit an event for each device of which life-safety metrics stand in what cannot be read of a message."""
        for sender, metrics in carried if message.payload else ():
            lost = metrics & self._life_safety.get(sender.id, _NONE)
            if message.retained:
                lost -= sender.events
            if lost:
                self._tell(message, number, sender, message.received, RECEIVED, dict.fromkeys(sorted(lost), sentence))

    def _tell(
        self, message: Message, number: int, sender: Sender, time: Micros, origin: int, sentences: Mapping[str, str]
    ) -> None:
        reading = Reading(sender.id, sender.profile_name, time, message.received, {**sentences}, origin)
        self._emit(ValuesRejected(reading=reading, message=message, number=number))

    def _of(self, sender: Sender, decoded: Decoded) -> Iterator[tuple[str, str]]:
        """The rejected life-safety metrics of a reading, each with a sentence."""
        metrics = self._life_safety.get(sender.id)
        if not metrics:
            return
        values = decoded.values
        for each in decoded.rejected:
            for name in _names(each, decoded):
                if name in metrics and (each.limit is not None or name not in values):
                    yield name, each.detail


def _names(rejected: Rejected, decoded: Decoded) -> Iterable[str]:
    """The metrics that a rejection costs: its own, or all that may stand in what was not read."""
    return (rejected.metric,) if rejected.metric else sorted(decoded.unread)
