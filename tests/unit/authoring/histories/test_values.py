"""Series as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.authoring.histories.values import MOST_VALUES, Stretch, merged, stretches

Text = bool | int | float | str | None


def expanded(text: Text) -> list[object]:
    """Each value; `...` where nothing is sent."""
    return [each.at(index) if each.is_sent else ... for each in stretches(text) for index in range(each.count)]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("true x2, false", [True, True, False]),
        ("0.2 x2, 1, -3, 1e3", [0.2, 0.2, 1, -3, 1000.0]),
        ("_ x2, null, _", [..., ..., None, ...]),
        ("hand x2, automatic", ["hand", "hand", "automatic"]),
        ('"a, b" x2, \'null\', "5"', ["a, b", "a, b", "null", "5"]),
        ("04A2B3C4D5E680", ["04A2B3C4D5E680"]),
        ("0.2..0.4 x3", [0.2, 0.3, 0.4]),
        ("1..5 x5", [1, 2, 3, 4, 5]),
        ("4..1 x4", [4, 3, 2, 1]),
        ("-1..1 x3", [-1, 0, 1]),
        ("0..1 x3", [0, 0.5, 1]),
        ("  7  ", [7]),
        (7, [7]),
        (True, [True]),
        (None, [None]),
    ],
)
def test_a_series_is_written_as_values_with_counts(text: Text, values: list[object]) -> None:
    found = expanded(text)

    assert found == values
    assert list(map(type, found)) == list(map(type, values))


def test_a_ramp_between_whole_numbers_has_whole_numbers_where_it_meets_them() -> None:
    assert [type(value) for value in expanded("0..4 x5")] == [int] * 5
    assert [type(value) for value in expanded("0.0..4 x5")] == [float] * 5


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "begins with no value"),
        (",1", "begins with no value"),
        ("1,,2", "begins with no value"),
        ("1,", "ends with a comma"),
        ("1 x0", "x0 times"),
        ("0.2x10", "write a space and x before the count"),
        ("true*3", "write a space and x before the count"),
        ("1..2", "a ramp of one value"),
        (f"1 x{MOST_VALUES + 1}", "more than"),
        ("1e999", "too large"),
        ('"open', "begins with no value"),
    ],
)
def test_a_slip_in_a_series_is_told_with_what_to_write(text: str, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        stretches(text)


RUNS = st.lists(st.tuples(st.sampled_from(["1", "2.5", "_", "null", "true", "0..9"]), st.integers(2, 5)), min_size=1)


@given(st.lists(RUNS, min_size=1, max_size=4))
def test_merged_series_are_what_each_is_by_itself(given_runs: list[list[tuple[str, int]]]) -> None:
    series = [stretches(", ".join(f"{word} x{count}" for word, count in runs)) for runs in given_runs]
    lengths = [sum(each.count for each in one) for one in series]

    moments = [values for count, values in merged(series) for _ in range(count)]

    assert len(moments) == max(lengths)
    for place, one in enumerate(series):
        each = [(stretch.at(index), stretch.is_sent) for stretch in one for index in range(stretch.count)]
        each += [(None, False)] * (len(moments) - len(each))
        assert [values[place] for values in moments] == each


def test_equal_values_are_one_stretch_whatever_their_number() -> None:
    assert stretches("0.2 x1000000") == (Stretch(1_000_000, 0.2),)
