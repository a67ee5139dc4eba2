"""What a device measures or knows, by the name of each metric. Its time and its form on the wire are not part of it."""

from collections.abc import Mapping

Value = bool | int | float | str
Metrics = Mapping[str, Value]
