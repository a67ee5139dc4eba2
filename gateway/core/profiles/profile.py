"""Device profiles: what a class of device measures, in which units and ranges, and the messages that carry it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Self

from pydantic import Field, field_validator, model_validator

from gateway.core.kernel.mistakes import Mistake
from gateway.core.kernel.names import Name
from gateway.core.kernel.spec import Spec
from gateway.core.kernel.texts import Text
from gateway.core.kernel.times import MINUTE, SECOND, Duration, Interval, Micros
from gateway.core.kernel.units import conversion
from gateway.core.kernel.values import Value
from gateway.core.profiles.bindings import Binding
from gateway.core.profiles.metric import AVAILABILITY, Attribute, Metric
from gateway.core.site.site import DeviceSpec

RESERVED = re.compile(
    r"as|bool|break|bytes|const|continue|double|dyn|else|false|for|function|if|import|in|int|let|list|loop|map"
    r"|namespace|null|null_type|package|return|string|true|type|uint|var|void|while"
)
"""Names that no metric or attribute can have: CEL reserves them, so a condition could not use them."""


class ClockTolerance(Spec):
    """How far a device's clock may be off. Beyond, the time received is used in place of its time."""

    behind: Duration = 5 * MINUTE
    """How late a device's time may be; 5m unless given."""
    ahead: Duration = MINUTE
    """How early a device's time may be; 1m unless given."""


class Dialect(Spec):
    """The messages of the products of one maker, or of one platform."""

    title: Text | None = None
    """The maker and model, or the platform, as people know it."""
    clock: ClockTolerance | None = None
    """The bounds of its devices' clocks, if they differ from the profile's."""
    expect_every: Interval | None = None
    """How often its devices send at least. Unless given, that is not known: the profile's is of other products."""
    messages: tuple[Binding, ...] = Field(min_length=1)
    """Which messages carry its readings. Of several with the same topic the first that fits is used."""

    @field_validator("messages")
    @classmethod
    def _bindings_differ(cls, bindings: tuple[Binding, ...]) -> tuple[Binding, ...]:
        return _distinct(bindings)


def _distinct(bindings: tuple[Binding, ...]) -> tuple[Binding, ...]:
    """Raise Mistake if a binding can never be used, as all its messages fit an earlier one."""
    for index, binding in enumerate(bindings):
        for earlier in bindings[:index]:
            same_messages = (earlier.topic, earlier.format) == (binding.topic, binding.format)
            same_elements = (earlier.readings, earlier.device, earlier.channel) == (
                binding.readings,
                binding.device,
                binding.channel,
            )
            if same_messages and same_elements and earlier.is_catch_all:
                where = "topic" if binding.topic else f"format {binding.format}"
                raise Mistake(
                    f"item {index + 1}: an earlier one has this {where}, and the first takes every message:"
                    " put that one last, or give it a when",
                    index,
                )
    return bindings


class Profile(Spec):
    """A file of `device_profiles/`."""

    profile: Name
    """Its name, by which devices and rules refer to it."""
    title: Text
    """What people call such a device."""
    clock: ClockTolerance = ClockTolerance()
    """How far a device's clock may be off. Beyond, the time received is used in place of its time."""
    trouble_after: Duration = 10 * SECOND
    """How long a life-safety value must be rejected before the device's alarm `trouble`; 10s unless given."""
    expect_every: Interval | None = None
    """How often its devices without a dialect send at least. One that is silent for three of these has the alarm
    `silent`."""
    metrics: dict[Name, Metric] = Field(min_length=1, examples=[{"running": {"type": "bool"}}])
    """What devices of the profile report, by name."""
    attributes: dict[Name, Attribute] = Field(default={}, examples=[{"flood_level": {"type": "float", "default": 1.8}}])
    """Constants of each device that rules can read, such as a limit, by name."""
    messages: tuple[Binding, ...] = ()
    """The messages of its devices without a dialect."""
    dialects: dict[Name, Dialect] = Field(default={})
    """The messages of the products of makers and platforms, by name."""

    @field_validator("messages")
    @classmethod
    def _bindings_differ(cls, bindings: tuple[Binding, ...]) -> tuple[Binding, ...]:
        return _distinct(bindings)

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if shared := sorted(self.metrics.keys() & self.attributes.keys()):
            sentence = f"{', '.join(shared)}: a metric and an attribute cannot share a name: rename one"
            raise Mistake(sentence, "attributes", shared[0])
        if reserved := [name for name in (*self.metrics, *self.attributes) if RESERVED.fullmatch(name)]:
            raise Mistake(
                f"{', '.join(reserved)}: a word of the condition language cannot be a name:"
                f" write another, such as {reserved[0]}_value",
                "metrics" if reserved[0] in self.metrics else "attributes",
                reserved[0],
            )
        self._check_computed()
        if not self.messages and not self.dialects:
            sentence = "the profile has no `messages`, so no device could ever report: add them, or `dialects`"
            raise Mistake(sentence, "messages" if "messages" in self.model_fields_set else "dialects")
        time_paths = [path for each in self.messages if each.time and each.values is None for path in each.time.path]
        if both := self.metrics.keys() & set(time_paths):
            sentence = f"{min(both)}: the time stamp cannot be a metric too: rename the metric, or remove it"
            raise Mistake(sentence, "metrics", min(both))
        return self

    def _check_computed(self) -> None:
        for name, metric in self.metrics.items():
            if (computed := metric.computed) is None:
                continue
            at = ("metrics", name, "computed")
            source = self.metrics.get(computed.from_)
            if source is None or source.type not in ("int", "float") or source.computed is not None:
                sentence = f"{name}: it is computed from a number that messages have: {computed.from_!r} is none"
                raise Mistake(sentence, *at, "from", of_key=False)
            for key in ("scale", "offset"):
                used = getattr(computed, key)
                if isinstance(used, str) and (
                    used not in self.attributes or self.attributes[used].type not in ("int", "float")
                ):
                    sentence = f"{name}: {used!r} is no attribute that is a number: add one under `attributes`"
                    raise Mistake(sentence, *at, key, of_key=False)
            try:
                conversion(source.unit, metric.unit)
                if isinstance(computed.offset, str):
                    conversion(self.attributes[computed.offset].unit, metric.unit)
            except ValueError as error:
                raise Mistake(f"{name}: {error}: give both units of one kind", *at) from error

    def bindings(self, dialect: str | None) -> tuple[Binding, ...]:
        """The message bindings of a dialect, None being the native one; empty if there is no such dialect."""
        if dialect is None:
            return self.messages
        return self.dialects[dialect].messages if dialect in self.dialects else ()

    def has_heartbeat(self, dialect: str | None) -> bool:
        """Whether devices with this dialect send messages that say nothing but that they are there.

        Such a message has `online: {const: true}`: whoever sends it is online, so it is the device itself.
        """
        says = [binding.values or {} for binding in self.bindings(dialect)]
        return any(values.keys() == {AVAILABILITY} and values[AVAILABILITY].const is True for values in says)

    def attributes_of(self, given: Mapping[str, Value]) -> dict[str, Value]:
        """The attributes of a device that is given these: the others have their defaults, if they have one."""
        defaults = {name: each.default for name, each in self.attributes.items() if each.default is not None}
        return {**defaults, **given}

    def tolerance_of(self, dialect: str | None) -> ClockTolerance:
        """How far the clocks of devices with this dialect may be off."""
        return (self.dialects[dialect].clock if dialect in self.dialects else None) or self.clock

    @property
    def ages(self) -> dict[str, Micros]:
        """The metrics that have a highest age of their own, each with that."""
        return {name: age for name, metric in self.metrics.items() if isinstance(age := metric.stale_after, int)}

    def expect_every_of(self, device: DeviceSpec) -> Micros | None:
        """How often this device sends at least, as its site says, or else its dialect or profile; None if none does."""
        if device.expect_every is not None:
            return None if device.expect_every == "never" else device.expect_every
        dialect = self.dialects.get(device.dialect or "")
        return self.expect_every if dialect is None else dialect.expect_every
