"""How people read values."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.kernel.values import Value, exact, readable


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (39.2156862745, "%", "39.2 %"),
        (0.04, "%", "0.04 %"),
        (99.96, "%", "99.96 %"),
        (99.9996, "%", "99.9996 %"),
        (99.99999999999999, "%", "99.99999999999999 %"),
        (-0.99996, "MPa", "-0.99996 MPa"),
        (0.29996, "MPa", "0.29996 MPa"),
        (0.300004, "MPa", "0.300004 MPa"),
        (0.30000000000000004, "MPa", "0.3 MPa"),
        (21.399999618530273, "°C", "21.4 °C"),
        (0.00029996, "MPa", "0.00029996 MPa"),
        (12345.04, "kWh", "12345.04 kWh"),
        (1e300, "", "1e+300"),
        (-1.5e15, "", "-1.5e+15"),
        (999_999_999_999_999.0, "", "999999999999999"),
        (math.inf, "", "inf"),
        (math.nan, "", "nan"),
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


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e14, max_value=1e14), st.sampled_from(["", "%"]))
def test_a_fraction_is_never_shown_as_a_whole_number(value: float, unit: str) -> None:
    shown = float(readable(value, unit).removesuffix(" %"))
    assert value.is_integer() or not shown.is_integer()


@given(st.one_of(st.booleans(), st.integers(), st.floats(allow_nan=False)))
def test_an_exact_value_can_be_read_back(value: Value) -> None:
    assert json.loads(exact(value).replace("inf", "Infinity")) == value
    assert len(exact(value)) < 30 or isinstance(value, int)
