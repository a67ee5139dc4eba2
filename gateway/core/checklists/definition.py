"""Checklists as people write them in YAML files."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from gateway.core.kernel.mistakes import Mistake
from gateway.core.kernel.names import Identifier, Name
from gateway.core.kernel.spec import Spec
from gateway.core.kernel.texts import Text
from gateway.core.kernel.times import MINUTE, Interval, Micros
from gateway.core.rules.rule import TicketTemplate

MAX_AGE: Micros = 15 * MINUTE
"""How old a device's value may be that a person takes as the reading of now, unless the item says otherwise."""


class ItemKind(StrEnum):
    """What answers an item."""

    PASS_FAIL = "pass_fail"
    """`pass` or `fail`."""
    NUMBER = "number"
    """A number that a person reads or measures."""
    READING = "reading"
    """The latest value of a metric of the device, or what a person reads on site."""
    CHOICE = "choice"
    """One of the choices."""
    PHOTO = "photo"
    """A photo."""
    SIGNATURE = "signature"
    """The name of the person who signs what was answered."""


def _as_choice(value: object) -> object:
    """A choice without a text of its own is its id."""
    return {"id": value} if isinstance(value, str) else value


class Choice(Spec):
    """One of the answers to an item of the kind `choice`; an id alone is its own text."""

    id: Identifier
    """What is stored, such as `dripping`."""
    text: Text | None = None
    """What people read."""


_USED_BY = {
    "unit": (ItemKind.NUMBER, ItemKind.READING),
    "min": (ItemKind.NUMBER, ItemKind.READING),
    "max": (ItemKind.NUMBER, ItemKind.READING),
    "choices": (ItemKind.CHOICE,),
    "fails": (ItemKind.CHOICE, ItemKind.READING),
    "metric": (ItemKind.READING,),
    "max_age": (ItemKind.READING,),
    "corrective": (ItemKind.PASS_FAIL, ItemKind.NUMBER, ItemKind.READING, ItemKind.CHOICE),
}
"""The kinds of items that have a key."""
_FEWEST_CHOICES = 2


class ItemSpec(Spec):
    """One item of a checklist."""

    id: Identifier
    """Its id in this checklist, such as `seal`."""
    text: Text = Field(examples=[{"en": "Shaft seal", "zh": "轴封"}])
    """What is looked at or done."""
    kind: ItemKind
    """What answers it."""
    unit: str = Field(default="", examples=["mm/s"])
    """The unit of the number and of its limits. A reading has that of its metric, and its limits are for that one."""
    min: float | None = Field(default=None, allow_inf_nan=False, strict=True)
    """The least number that is good."""
    max: float | None = Field(default=None, allow_inf_nan=False, strict=True)
    """The largest number that is good."""
    choices: tuple[Annotated[Choice, BeforeValidator(_as_choice, json_schema_input_type=str | Choice)], ...] | None = (
        Field(default=None, examples=[["dry", "dripping", "leaking"]])
    )
    """The answers from which people choose; at least two."""
    fails: tuple[bool | str, ...] | None = Field(default=None, examples=[["leaking"]])
    """Which choices are not good, or which states of the metric."""
    metric: Name | None = None
    """Of a reading: the metric of the device whose latest value it takes, in its unit."""
    max_age: Interval | None = Field(default=None, examples=["15m"])
    """Of a reading: how old that value may be; 15m unless given. A person can enter the value in its place."""
    optional: bool = False
    """Whether the checklist is complete without an answer."""
    corrective: TicketTemplate | None = Field(
        default=None, examples=[{"category": "pump", "priority": "P3", "team": "engineering"}]
    )
    """The ticket that a failed item opens."""

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Self:
        for key, kinds in _USED_BY.items():
            if key in self.model_fields_set and self.kind not in kinds:
                used_by = " and ".join(kinds)
                raise Mistake(f"{key}: an item of the kind {self.kind} has none, {used_by} may: remove it", key)
        if self.min is not None and self.max is not None and self.min > self.max:
            raise Mistake(f"min: {self.min:g} is above max, {self.max:g}: exchange them", "min")
        if self.kind is ItemKind.READING:
            if self.metric is None:
                raise ValueError("a reading needs the metric that it takes: write metric: outlet_pressure or the like")
            if self.fails is not None and {True, False} <= {*self.fails}:
                raise Mistake("fails: every answer fails: leave out the one that is good", "fails")
            if self.fails is not None and self.has_limits:
                raise Mistake("fails: numbers fail beyond min and max, states by fails: write one of them", "fails")
        if self.kind is ItemKind.CHOICE:
            self._check_choices(self.choices or ())
        elif self.corrective is not None and not self.can_fail:
            sentence = "corrective: nothing says which answers fail: write min, max or fails, or remove it"
            raise Mistake(sentence, "corrective")
        return self

    def _check_choices(self, choices: tuple[Choice, ...]) -> None:
        ids = [choice.id for choice in choices]
        if len(ids) < _FEWEST_CHOICES:
            raise ValueError("a choice needs choices, at least two: write choices: [dry, leaking] or the like")
        for index, each in enumerate(ids):
            if each in ids[:index]:
                raise Mistake(f"a second choice is called {each!r}: rename one", "choices", index, of_key=False)
        for index, failing in enumerate(self.fails or ()):
            if failing not in ids:
                sentence = f"{failing!r} is none of the choices {', '.join(ids)}: write one of them"
                raise Mistake(sentence, "fails", index, of_key=False)
        if {*ids} <= {*(self.fails or ())}:
            raise Mistake("fails: every choice fails: leave out one that is good", "fails")
        if self.corrective is not None and not self.fails:
            raise Mistake("corrective: no choice fails: write fails: [...], or remove it", "corrective")

    @property
    def can_fail(self) -> bool:
        """Whether some answer of it is not good."""
        return self.has_limits or bool(self.fails) or self.kind is ItemKind.PASS_FAIL

    @property
    def has_limits(self) -> bool:
        """Whether a number may be too small or too large."""
        return self.min is not None or self.max is not None


class ChecklistSpec(Spec):
    """A checklist: what is looked at, item by item."""

    id: Identifier
    """Its name in the site's files, such as `pump-weekly`."""
    title: Text
    """What people call it."""
    profile: Name | None = Field(default=None, examples=["booster_pump"])
    """The class of device that it is for; needed where an item takes a reading of the device."""
    items: tuple[ItemSpec, ...] = Field(min_length=1)
    """What is looked at, in this order."""

    @model_validator(mode="after")
    def _items_differ(self) -> Self:
        ids = [item.id for item in self.items]
        for index, each in enumerate(ids):
            if each in ids[:index]:
                sentence = f"a second item is called {each!r}: rename one"
                raise Mistake(sentence, "items", index, "id", of_key=False)
        if self.profile is None and any(self.readings):
            index, item = next(self.readings)
            sentence = f"{item.id} takes a reading, and nothing says of which devices: write profile: at the checklist"
            raise Mistake(sentence, "items", index, "metric")
        return self

    @property
    def readings(self) -> Iterator[tuple[int, ItemSpec]]:
        """The items that take a reading, each with its place."""
        return ((index, item) for index, item in enumerate(self.items) if item.kind is ItemKind.READING)
