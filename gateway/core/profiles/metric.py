"""Metrics and attributes of profiles: what devices report, and what is constant about them."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from gateway.core.kernel.mistakes import Mistake
from gateway.core.kernel.names import Name
from gateway.core.kernel.spec import Spec
from gateway.core.kernel.texts import Text
from gateway.core.kernel.times import Interval

LIST_SEPARATOR = ","
"""Between the items of the value of a `list`."""

AVAILABILITY = "online"
"""The metric that tells whether a device is connected. A broker or a bridge often says so, not the device."""

MetricType = Literal["bool", "int", "float", "enum", "string", "list", "tag"]


class Computed(Spec):
    """How a metric is computed where a message has another one in its place: other × `scale` + `offset`."""

    from_: Annotated[Name, Field(alias="from")]
    """The other metric; it is converted to the unit of the computed one."""
    scale: float | Name = 1
    """A number, or an attribute of the device."""
    offset: float | Name = 0
    """A number, or an attribute of the device, which is converted to the unit of the computed metric."""

    @property
    def attributes(self) -> tuple[str, ...]:
        """The attributes that it needs."""
        return tuple(each for each in (self.scale, self.offset) if isinstance(each, str))


class Metric(Spec):
    """One value that devices of the profile report."""

    type: MetricType
    """The type of its values. A `tag` is a tag's UID in hex, and each value of it is a scan. A `list` has items whose
    order means nothing, such as the zones of a camera; it is stored as their names, sorted, with commas between."""
    unit: str = ""
    """The unit in which its values are stored and rules read them."""
    range: tuple[float, float] | None = Field(default=None, examples=[[0, 100]])
    """Both ends included. A value outside is physically impossible for the sensor and is rejected."""
    over_range: Literal["limit"] | None = None
    """`limit`, where the top is the danger: a value above the range is rejected and counts as the top as well."""
    under_range: Literal["limit"] | None = None
    """`limit`, where the bottom is the danger: a value below the range is rejected and counts as the bottom as well."""
    values: dict[int, Name] | None = Field(default=None, examples=[{0: "off", 1: "on"}])
    """For `enum`: the device's code of each state. Messages may give the code or the name; the name is stored."""
    default: bool | int | float | str | None = None
    """The value that rules use until the device first sends the metric; it is neither stored nor shown.

    Without one the metric is unknown until then, and so is a condition that depends on it. Give one if some makers
    never send the metric and its value is clear, such as `test` of a smoke detector.
    """
    computed: Computed | None = Field(default=None, examples=[{"from": "distance", "scale": -1, "offset": "height"}])
    """How it follows from another metric, where a message has that one alone."""
    event: bool = False
    """Whether a value tells of something that happened, such as a push of a button, and not of a state that lasts.

    An event is never believed from a retained message. A `tag` is one by its type.
    """
    stale_after: Interval | Literal["never"] | None = None
    """How old its latest value may be, after which rules do not know it any more; `never`: as old as it likes.

    Unless given, a value is known until its device is silent, however old it is: many are sent only when they change.
    """
    title: Text | None = None
    """What people read in place of its name."""

    @property
    def is_event(self) -> bool:
        """Whether its values are events: what a retained message says of them is not believed."""
        return self.event or self.type == "tag"

    @field_validator("range")
    @classmethod
    def _ordered(cls, ends: tuple[float, float] | None) -> tuple[float, float] | None:
        if ends is not None and not ends[0] < ends[1]:
            raise ValueError(f"the range must rise, {list(ends)} does not: write [lowest, highest]")
        return ends

    @model_validator(mode="after")
    def _fits_type(self) -> Self:
        if self.type == "enum" and self.values is None:
            sentence = "type: an enum needs `values`, the code of each state: write them, as in {0: off, 1: on}"
            raise Mistake(sentence, "type", of_key=False)
        if self.type != "enum" and self.values is not None:
            sentence = f"only an enum takes `values`, not {self.type}: remove them, or say type: enum"
            raise Mistake(sentence, "values")
        if self.range is not None and self.type not in ("int", "float"):
            sentence = f"a `range` is for int and float, not for {self.type}: remove it"
            raise Mistake(sentence, "range")
        if self.computed is not None and self.type not in ("int", "float"):
            sentence = f"`computed` is for numbers, the metric is {self.type}: remove it"
            raise Mistake(sentence, "computed")
        for key in ("over_range", "under_range"):
            if getattr(self, key) is not None and self.range is None:
                raise Mistake(f"`{key}` needs a `range`, as it is about values beyond it: write the range", key)
        if self.type == "tag" and "event" in self.model_fields_set:
            raise Mistake("each value of a tag is an event by its type: remove `event`", "event")
        if self.default is not None:
            self._check_default(self.default)
        return self

    def _check_default(self, default: bool | int | float | str) -> None:
        if self.type == "tag":
            sentence = "a tag has no default, each of its values is a scan: remove `default`"
            raise Mistake(sentence, "default")
        if self.type == "enum":
            states = (self.values or {}).values()
            if default not in states:
                raise _wrong_default(f"{default!r} is none of {', '.join(states)}: write one of them")
        elif not _is_of_type(default, self.type):
            raise _wrong_default(f"{default!r} is not of type {self.type}: write {_EXAMPLES[self.type]}")
        elif self.range is not None and not self.range[0] <= float(default) <= self.range[1]:
            bounds = f"{self.range[0]:g} … {self.range[1]:g}"
            raise _wrong_default(f"{default!r} is outside the range, {bounds}: write one inside")


class Attribute(Spec):
    """A constant of one device that rules can read, such as a lift's rated speed; a device may override it."""

    type: Literal["bool", "int", "float", "string"]
    """The type of its value."""
    unit: str = ""
    """The unit of its value."""
    range: tuple[float, float] | None = Field(default=None, examples=[[0.1, 100]])
    """Both ends included: what a device may be given."""
    default: bool | int | float | str | None = None
    """The value for devices that are given no other. Without it, each device that needs the attribute must be given it;
    rules cannot read it then, only computed metrics."""
    per_site: bool = False
    """Whether only the site can know it: the default is that of a device for which nobody has set it."""

    @model_validator(mode="after")
    def _default_fits(self) -> Self:
        try:
            if self.default is not None:
                check_attribute(self, self.default)
        except ValueError as error:
            raise _wrong_default(f"{error}: write {_EXAMPLES[self.type]}") from error
        return self


def check_attribute(attribute: Attribute, value: object) -> None:
    """Raise ValueError if `value` is not of the attribute's type, or out of its range. An int is a float, too."""
    if not _is_of_type(value, attribute.type):
        raise ValueError(f"{value!r} is not of type {attribute.type}")
    if attribute.range is not None and isinstance(value, int | float):
        low, high = attribute.range
        if not low <= value <= high:
            raise ValueError(f"{value!r} is outside {low:g} … {high:g}")


def a_value_of(attribute: Attribute) -> str:
    """What a value of the attribute looks like, for hints."""
    return _EXAMPLES[attribute.type]


def _wrong_default(sentence: str) -> Mistake:
    return Mistake(f"default: {sentence}", "default", of_key=False)


_EXAMPLES = {
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "string": "a text, in quotes",
    "list": 'its items in quotes, with commas between, or ""',
}


def _is_of_type(value: object, name: str) -> bool:
    expected: dict[str, tuple[type, ...]] = {
        "bool": (bool,),
        "int": (int,),
        "float": (int, float),
        "string": (str,),
        "list": (str,),
    }
    return isinstance(value, expected[name]) and (name == "bool" or not isinstance(value, bool))
