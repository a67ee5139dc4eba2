"""The values of a device by the name of their metric, without their time and their form in messages."""

from collections.abc import Mapping

Value = bool | int | float | str
Metrics = Mapping[str, Value]
