"""Device profiles: what a class of device measures, in which units and ranges, and how its messages look."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from gateway.core.texts import Text
from gateway.core.times import MINUTE, Duration

NAME = re.compile(r"[a-z][a-z0-9_]*")
DEVICE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_CAPTURE = re.compile(r"\{([^{}]*)\}")


def _name(text: str) -> str:
    if not NAME.fullmatch(text):
        raise ValueError(f"{text!r} is not a name: use lower-case letters, digits and _, starting with a letter")
    return text


Name = Annotated[str, AfterValidator(_name)]
"""The name of a profile, metric or attribute: also a CEL variable, an InfluxDB field and a JSON key."""

_RESERVED = re.compile(
    r"as|bool|break|bytes|const|continue|double|dyn|else|false|for|function|if|import|in|int|let|list|loop|map"
    r"|namespace|null|null_type|package|return|string|true|type|uint|var|void|while"
)
"""What a metric or attribute cannot be called: a condition could not name it, for the words mean something to CEL."""

MetricType = Literal["bool", "int", "float", "enum", "string", "tag"]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Metric(_Model):
    """One value that devices of the profile report."""

    type: MetricType
    unit: str = ""
    range: tuple[float, float] | None = None
    """Both ends included. What lies outside is physically impossible for the sensor, and kept aside."""
    values: dict[int, Name] | None = None
    """For `enum`: the device's code of each state. Messages may give the code or the name; the name is stored."""
    default: bool | int | float | str | None = None
    """What rules take for granted until the device first sends the metric; it is neither stored nor shown.

    Without one the metric is unknown until then, and so is what hangs on it. Give one where some makers never send it
    and the answer is plain, such as a smoke detector that does not say `test`.
    """
    title: Text | None = None

    @field_validator("range")
    @classmethod
    def _ordered(cls, ends: tuple[float, float] | None) -> tuple[float, float] | None:
        if ends is not None and not ends[0] < ends[1]:
            raise ValueError(f"the range must rise: {list(ends)} does not")
        return ends

    @model_validator(mode="after")
    def _fits_type(self) -> Self:
        if (self.values is not None) != (self.type == "enum"):
            raise ValueError("an enum needs `values`, and only an enum takes them")
        if self.range is not None and self.type not in ("int", "float"):
            raise ValueError(f"a range is for int and float, not for {self.type}")
        if self.default is not None:
            self._check_default(self.default)
        return self

    def _check_default(self, default: bool | int | float | str) -> None:
        if self.type == "tag":
            raise ValueError("a tag has no default: each of its values is a scan")
        if self.type == "enum":
            states = (self.values or {}).values()
            if default not in states:
                raise ValueError(f"the default {default!r} is none of {', '.join(states)}")
        elif not _is_of_type(default, self.type):
            raise ValueError(f"the default {default!r} is not of type {self.type}")
        elif self.range is not None and not self.range[0] <= float(default) <= self.range[1]:
            raise ValueError(f"the default {default!r} is outside the range")


class Attribute(_Model):
    """A constant of one device that rules can read, such as a lift's rated speed; a device may override it."""

    type: Literal["bool", "int", "float", "string"]
    unit: str = ""
    default: bool | int | float | str

    @model_validator(mode="after")
    def _default_fits(self) -> Self:
        check_attribute(self, self.default)
        return self


def check_attribute(attribute: Attribute, value: object) -> None:
    """Raise ValueError when `value` is not of the attribute's type. An int is a fine float."""
    if not _is_of_type(value, attribute.type):
        raise ValueError(f"{value!r} is not of type {attribute.type}")


def _is_of_type(value: object, name: str) -> bool:
    expected: dict[str, tuple[type, ...]] = {"bool": (bool,), "int": (int,), "float": (int, float), "string": (str,)}
    return isinstance(value, expected[name]) and (name == "bool" or not isinstance(value, bool))


class Binding(_Model):
    """Which messages carry this profile's readings, and where in them the device's own time stands."""

    topic: str
    """With `{site}` and `{device}`, each filling a level of the topic: `site/{site}/elevator/{device}/telemetry`."""
    time: str | None = None
    """The key of the device's time stamp; without it a reading has the time at which it was received."""

    @field_validator("topic")
    @classmethod
    def _names_the_device(cls, topic: str) -> str:
        captures = _CAPTURE.findall(topic)
        if sorted(captures) not in (["device"], ["device", "site"]):
            raise ValueError("a topic has {device} once, and {site} at most once, and no other captures")
        if any("{" in level and not _CAPTURE.fullmatch(level) for level in topic.split("/")):
            raise ValueError("a capture fills a whole level of the topic, such as site/{site}/pump/{device}")
        if "+" in topic or "#" in topic or not topic.strip("/"):
            raise ValueError("write captures such as {device} in place of MQTT wildcards")
        return topic

    def topic_of(self, *, site: str, device: str) -> str:
        """The exact topic on which this device reports."""
        return self.topic.replace("{site}", site).replace("{device}", device)


class Clock(_Model):
    """How far a device's clock may be off before the time received is taken in its place."""

    behind: Duration = 5 * MINUTE
    ahead: Duration = MINUTE


class Profile(_Model):
    """A file of `device_profiles/`."""

    profile: Name
    title: Text
    clock: Clock = Clock()
    metrics: dict[Name, Metric] = Field(min_length=1)
    attributes: dict[Name, Attribute] = {}
    messages: tuple[Binding, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_are_distinct(self) -> Self:
        if both := self.metrics.keys() & self.attributes.keys():
            raise ValueError(f"{', '.join(sorted(both))}: a metric and an attribute cannot share a name")
        if reserved := [name for name in (*self.metrics, *self.attributes) if _RESERVED.fullmatch(name)]:
            raise ValueError(f"{', '.join(reserved)}: a word of the condition language cannot be a name")
        topics = [binding.topic for binding in self.messages]
        if twice := [topic for topic in topics if topics.count(topic) > 1]:
            raise ValueError(f"{twice[0]}: two message bindings have this one topic")
        if taken := [binding.time for binding in self.messages if binding.time in self.metrics]:
            raise ValueError(f"{taken[0]}: the time stamp cannot be a metric too")
        return self
