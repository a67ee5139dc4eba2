"""What messages hold and metrics keep."""

from __future__ import annotations

from typing import Any

Json = Any
"""Anything that a JSON document can hold, as it stands in one: nothing is known of it before it is looked at."""

Value = bool | int | float | str
"""What a metric can hold. Enumerations are stored by name."""
