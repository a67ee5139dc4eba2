"""What people do in a test, and what happens to the gateway, as written in YAML."""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from gateway.core.kernel.mistakes import Mistake
from gateway.core.kernel.spec import Spec
from gateway.core.kernel.times import Duration, Micros, parse_duration

_ALARM = re.compile(r"[^\s/]+/\S+")


def _signed(value: object) -> Micros:
    if isinstance(value, str) and value.strip()[:1] in ("-", "+"):
        text = value.strip()
        duration = parse_duration(text[1:])
        return -duration if text[0] == "-" else duration
    return parse_duration(value)


def _alarm(text: str) -> str:
    if not _ALARM.fullmatch(text):
        raise ValueError(f"{text!r} names no alarm: write RULE/SUBJECT, such as pump-dry-run/p1")
    return text


Step = Annotated[
    Micros,
    BeforeValidator(_signed),
    WithJsonSchema({"type": "string", "pattern": r"^[-+]?(\s*\d+(\.\d+)?\s*(ms|s|min|m|h|d)\s*)+$"}),
]
"""By how much a clock is set: a duration with a sign."""
AlarmName = Annotated[str, AfterValidator(_alarm)]
"""RULE/SUBJECT."""


class Restart(Spec):
    """The gateway is away."""

    for_: Duration = Field(alias="for")
    """For how long; the broker keeps what is sent."""
    kill: bool = False
    """Whether it is killed: it saves nothing at its end, and the broker sends its last message again."""


DEEDS = (
    *("restart", "cut", "clock"),
    *("acknowledge", "reset", "comment", "shelve", "unshelve"),
    *("out_of_service", "in_service", "maintenance", "end_maintenance"),
)
"""Keys that say what is done."""
OF_PEOPLE = DEEDS[3:]
_PUT_ASIDE = ("shelve", "out_of_service", "maintenance")
_FURTHER = {
    "by": OF_PEOPLE,
    "note": ("acknowledge", "reset", "comment", "unshelve", "in_service", "end_maintenance"),
    "reason": _PUT_ASIDE,
    "for_": _PUT_ASIDE,
    "confirmed_by": ("shelve", "out_of_service"),
    "one_shot": ("shelve",),
    "refused": OF_PEOPLE,
}
"""With which of them the further keys go."""


class Deed(Spec):
    """One thing that is done: one of the keys that say what, and further ones that say how."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": [key]} for key in DEEDS]})

    at: Duration
    """When, from the start: after what devices send at this moment."""
    restart: (
        Annotated[
            Restart,
            BeforeValidator(
                lambda given: {"for": given} if isinstance(given, str) else given,
                json_schema_input_type=Duration | Restart,
            ),
        ]
        | None
    ) = None
    """The gateway is away for so long, and the broker keeps what is sent; {for: 5s, kill: true}: it is killed."""
    cut: Duration | None = None
    """The broker is out of reach for so long, and keeps what is sent."""
    clock: Step | None = Field(default=None, examples=["-1h"])
    """The gateway's clock is set forward, or with `-` back."""
    acknowledge: AlarmName | None = None
    """A person acknowledges the alarm RULE/SUBJECT."""
    reset: AlarmName | None = None
    """A person resets the latched alarm RULE/SUBJECT."""
    comment: AlarmName | None = None
    """A person says something about the alarm RULE/SUBJECT: its `note`."""
    shelve: str | None = Field(default=None, examples=["pump-dry-run/p1"])
    """A person shelves the alarm RULE/SUBJECT where it stands, or else the rule on it; or all alarms of a RULE."""
    unshelve: str | None = None
    """A person ends that: the same RULE/SUBJECT, or RULE."""
    out_of_service: str | None = None
    """A person takes a device out of service, or one rule on it: DEVICE or RULE/DEVICE."""
    in_service: str | None = None
    """A person puts it back: the same DEVICE or RULE/DEVICE."""
    maintenance: (
        Annotated[
            tuple[str, ...],
            BeforeValidator(
                lambda given: [given] if isinstance(given, str) else given,
                json_schema_input_type=str | tuple[str, ...],
            ),
            Field(min_length=1),
        ]
        | None
    ) = None
    """A person begins to work on this device, or these."""
    end_maintenance: str | None = None
    """A person says that the work on this device is done."""
    by: str = Field(default="", examples=["guard"])
    """Who does it; `somebody` unless given."""
    note: str | None = None
    """What the person says."""
    reason: str | None = None
    """Why something is put aside, or worked on."""
    for_: Duration | None = Field(default=None, alias="for")
    """For how long something is put aside, or worked on."""
    one_shot: bool = False
    """Whether a shelf also ends when its alarm returns."""
    confirmed_by: str | None = None
    """A second person who agrees: needed to put life-safety alarms aside."""
    refused: bool = False
    """Whether the gateway must refuse it; otherwise the test fails if it does."""

    @property
    def kind(self) -> str:
        """Which of the keys that say what is done it has."""
        return next(key for key in DEEDS if getattr(self, key) is not None)

    @property
    def lasts(self) -> Micros:
        """For how long the gateway is away or cut off."""
        return self.restart.for_ if self.restart is not None else self.cut or 0

    @model_validator(mode="after")
    def _does_one_thing(self) -> Self:
        given = [key for key in DEEDS if key in self.model_fields_set]
        if len(given) != 1:
            what = "it says nothing that is done" if not given else f"it does several things, {' and '.join(given)}"
            raise Mistake(f"{what}: write one of {', '.join(DEEDS)}", *given[1:2])
        (kind,) = given
        if getattr(self, kind) is None:
            raise Mistake(f"nothing stands behind `{kind}`: write what it is about", kind)
        for name, kinds in _FURTHER.items():
            if name in self.model_fields_set and kind not in kinds:
                key = name.rstrip("_")
                raise Mistake(f"`{key}` does not go with {kind}: remove it", key)
        if kind in _PUT_ASIDE and not self.reason:
            raise Mistake(f"{kind} needs a `reason`: write why", kind)
        if kind in ("shelve", "maintenance") and self.for_ is None:
            raise Mistake(f"{kind} needs `for`: write for how long, such as for: 1h", kind)
        if kind == "comment" and not self.note:
            raise Mistake("comment needs a `note`: write what is said", kind)
        return self
