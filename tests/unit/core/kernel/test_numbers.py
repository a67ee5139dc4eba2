"""Decimal arithmetic for numbers of devices."""

from __future__ import annotations

import math
import struct
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.kernel.numbers import Linear, decimal_of, number_of, rounded, shortest_single


@pytest.mark.parametrize(
    ("number", "decimal"),
    [
        (308, "308"),
        (9007199254740993, "9007199254740993"),
        (0.1, "0.1"),
        (23.400000000000002, "23.4"),
        (9007199254740992.0, "9007199254740992"),
        (-0.07, "-0.07"),
        (1e300, "1E+300"),
        (5e-324, "4.94065645841247E-324"),
        (math.inf, "Infinity"),
    ],
)
def test_a_number_is_the_decimal_that_was_meant(number: float, decimal: str) -> None:
    assert decimal_of(number) == Decimal(decimal)


@pytest.mark.parametrize(
    ("decimal", "number"),
    [
        ("9007199254740993", 9007199254740993),
        ("999999999999999", 999999999999999.0),
        ("1000000000000000", 1000000000000000),
        ("9007199254740992.0", 9007199254740992),
        ("9007199254740991.9", 9007199254740992.0),
        ("1E+40", 10**40),
        ("5.00", 5.0),
        ("0.5", 0.5),
        ("1E-400", 0.0),
        ("Infinity", math.inf),
    ],
)
def test_a_decimal_is_the_nearest_float_or_a_whole_number_that_a_float_may_miss(decimal: str, number: float) -> None:
    result = number_of(Decimal(decimal))

    assert (type(result), result) == (type(number), number)


@pytest.mark.parametrize(
    ("decimal", "expected"),
    [
        ("30.8", "30.8"),
        ("99.99999999999999765", "100"),
        ("21.11111111111111111", "21.1111111111"),
        ("0.000123456789012345", "0.000123456789012"),
        ("9007199254740.993", "9007199254740.993"),
        ("185185183519.5", "185185183519.5"),
        ("1234567.00000049", "1234567"),
        ("1.0000001", "1.0000001"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("-Infinity", "-Infinity"),
    ],
)
def test_a_fraction_is_rounded_to_12_digits_and_at_least_six_decimals(decimal: str, expected: str) -> None:
    assert rounded(Decimal(decimal)) == Decimal(expected)


def test_what_is_no_number_stays_none() -> None:
    assert math.isnan(number_of(decimal_of(math.nan)))
    assert math.isnan(shortest_single(math.nan))
    assert shortest_single(-math.inf) == -math.inf


@pytest.mark.parametrize(
    ("factor", "offset", "keeps"),
    [("0.1", "0", True), ("1000", "-40", True), ("0.001", "0.000001", True), ("0.0000001", "0", False)],
)
def test_a_linear_function_is_exact_and_knows_whether_its_decimals_are_few(
    factor: str, offset: str, keeps: bool
) -> None:
    linear = Linear(Fraction(factor), Fraction(offset))

    assert linear(Decimal(308)) == 308 * Decimal(factor) + Decimal(offset)
    assert Decimal(308 * linear.times + linear.plus) / linear.divisor == linear(Decimal(308))
    assert linear.keeps_decimals is keeps


def test_one_linear_function_after_another_is_linear() -> None:
    fahrenheit = Linear(Fraction(9, 5), Fraction(32))
    tenths = Linear(Fraction(1, 10), Fraction(0))

    assert fahrenheit.after(tenths)(Decimal(1000)) == 212
    assert tenths.after(fahrenheit)(Decimal(100)) == Decimal("21.2")


@pytest.mark.parametrize("number", [0.02, 0.1, 1.1, 21.4, 1e-5, 16777216.0, 3.4028235e38, 1e-45, 1.1754944e-38, 0.0])
def test_a_float_of_32_bits_is_its_shortest_decimal(number: float) -> None:
    (single,) = struct.unpack("<f", struct.pack("<f", number))

    assert shortest_single(single) == number


def test_a_float_beyond_32_bits_stays_as_it_is() -> None:
    assert shortest_single(1e300) == 1e300


@given(st.floats(width=32, allow_nan=False))
def test_the_shortest_decimal_stands_for_the_same_float_and_no_shorter_one_does(single: float) -> None:
    short = shortest_single(single)

    assert struct.pack("<f", short) == struct.pack("<f", single)
    digits = len(Decimal(repr(short)).normalize().as_tuple().digits)
    if math.isfinite(single) and digits > 1:
        shorter = float(f"{single:.{digits - 1}g}")
        assert abs(shorter) > 3.4028235e38 or struct.pack("<f", shorter) != struct.pack("<f", single)
