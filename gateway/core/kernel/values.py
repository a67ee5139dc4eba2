"""The types of values in messages and of metrics."""

from __future__ import annotations

from typing import Any

Json = Any
"""Any parsed JSON value, before it is checked."""

Value = bool | int | float | str
"""A value of a metric. The states of an enum are stored by name."""
