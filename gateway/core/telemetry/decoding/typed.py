"""Reads flat JSON objects in one pass, as long as every value is as the profile says.

The parser itself then checks types and ranges. What it cannot be told exactly, it refuses: `checks` has the last word.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Annotated, Any, TypedDict

import msgspec

from gateway.core.kernel.numbers import EXACT_FLOATS
from gateway.core.kernel.values import Json
from gateway.core.profiles.metric import Metric
from gateway.core.profiles.profile import Profile

Parse = Callable[[bytes], dict[str, Json]]

_make_typed_dict: Any = TypedDict


def typed_parser(profile: Profile, time_key: str | None) -> Parse:
    """A function that gives the metrics of the profile in a payload, and its time; other keys are left out.

    It raises a MsgspecError, UnicodeError or RecursionError unless each bool, int and float has a value that is to be
    stored. Metrics of other types are not checked.
    """
    fields: dict[str, object] = {} if time_key is None else {time_key: Json}
    fields |= {name: _type_of(metric) for name, metric in profile.metrics.items()}
    parse: Parse = msgspec.json.Decoder(_make_typed_dict("Values", fields, total=False)).decode
    return parse


def is_parsed_exactly(metric: Metric) -> bool:
    """Whether the parser has checked the values of this metric."""
    return metric.type in ("bool", "int", "float")


def _type_of(metric: Metric) -> object:
    low, high = metric.range or (-EXACT_FLOATS, EXACT_FLOATS)
    low, high = max(low, -EXACT_FLOATS), min(high, EXACT_FLOATS)  # beyond, not every whole number is a float
    match metric.type:
        case "bool":
            return bool
        case "int":
            return Annotated[int, msgspec.Meta(ge=math.ceil(low), le=math.floor(high))]
        case "float":
            return Annotated[float, msgspec.Meta(ge=float(low), le=float(high))]
        case _:
            return Json
