"""How people read values."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.kernel.values import Value, readable


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (39.2156862745, "%", "39.2 %"),
        (0.04, "%", "0.04 %"),
        (99.96, "%", "100 %"),
        (0.0012, "MPa", "0.0012 MPa"),
        (0.213649, "MPa", "0.2136 MPa"),
        (0.000041, "MPa", "0.000041 MPa"),
        (-1.5e-7, "MPa", "-1.5e-07 MPa"),
        (231.4, "V", "231.4 V"),
        (231.449, "V", "231.4 V"),
        (12345.6, "kWh", "12345.6 kWh"),
        (12345.678, "kWh", "12345.7 kWh"),
        (-21.4567, "°C", "-21.46 °C"),
        (28.0, "°C", "28 °C"),
        (0.0, "m/s", "0 m/s"),
        (-0.0, "m/s", "0 m/s"),
        (369206, "", "369206"),
        (10**17 + 1, "", "100000000000000001"),
        (True, "", "true"),
        (False, "", "false"),
        ("normal", "", "normal"),
    ],
)
def test_a_value_is_shown_with_as_many_digits_as_people_read(value: Value, unit: str, text: str) -> None:
    assert readable(value, unit) == text


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e9, max_value=1e9))
def test_a_number_is_never_far_from_what_is_shown(value: float) -> None:
    assert math.isclose(float(readable(value)), value, rel_tol=0.05)
