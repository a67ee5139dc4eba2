"""Durations as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.durations import format_duration, parse_duration


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("90s", 90),
        ("5m", 300),
        ("5min", 300),
        ("2h", 7200),
        ("1h30m", 5400),
        ("1.5h", 5400),
        ("250ms", 0.25),
        ("1d", 86400),
    ],
)
def test_a_written_duration_is_read(written: str, seconds: float) -> None:
    assert parse_duration(written) == seconds


@pytest.mark.parametrize("written", ["", "20", 20, "5 parsecs", "-5s", "s", "1h 30", None, "nan"])
def test_what_is_no_duration_is_rejected_with_an_example(written: object) -> None:
    with pytest.raises(ValueError, match="write a number with its unit, such as 90s"):
        parse_duration(written)


@given(st.integers(min_value=0, max_value=10**7))
def test_what_is_shown_can_be_read_again(seconds: int) -> None:
    assert parse_duration(format_duration(seconds)) == seconds
