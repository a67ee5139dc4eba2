from __future__ import annotations

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.kernel.values import Value
from gateway.core.telemetry.readings import Reading
from gateway.series.line_protocol import format_lines
from tests.unit.series.stores import T0, reading

names = st.text(string.ascii_lowercase + string.digits + "_", min_size=1, max_size=12).map("m".__add__)
devices = st.text(string.ascii_letters + string.digits + "._-", max_size=20).map("d".__add__)
values: st.SearchStrategy[Value] = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
)
readings = st.builds(
    Reading, devices, names, st.integers(0, 2**53), st.just(T0), st.dictionaries(names, values, min_size=1, max_size=6)
)

# A field is up to the next comma or space, or quoted, with \" and \\ inside.
_LINE = re.compile(r"(\w+),device=([\w.-]+) ((?:\w+=(?:\"(?:[^\"\\]|\\[\"\\])*\"|[^\", ]+),?)+) (\d+)(?:\n|$)")
_FIELD = re.compile(r"(\w+)=(\"(?:[^\"\\]|\\[\"\\])*\"|[^\", ]+)")


def parse(lines: bytes) -> dict[tuple[str, str, int], dict[str, Value]]:
    """Points by profile, device and time; lines of the same point are merged, as InfluxDB does."""
    text, position = lines.decode(), 0
    points: dict[tuple[str, str, int], dict[str, Value]] = {}
    while position < len(text):
        match = _LINE.match(text, position)
        assert match, f"not a line: {text[position : position + 80]!r}"
        fields = {name: parse_value(value) for name, value in _FIELD.findall(match[3])}
        points.setdefault((match[1], match[2], int(match[4])), {}).update(fields)
        position = match.end()
    return points


def parse_value(text: str) -> Value:
    if text.startswith('"'):
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    if text in ("true", "false"):
        return text == "true"
    return int(text[:-1]) if text.endswith("i") else float(text)


@given(readings)
def test_a_reading_is_read_back_with_the_same_values_and_types(each: Reading) -> None:
    ((key, fields),) = parse(format_lines([each])).items()
    assert key == (each.profile, each.device, each.time)
    assert fields == each.values
    assert {name: type(value) for name, value in fields.items()} == {
        name: type(value) for name, value in each.values.items()
    }


@given(st.lists(readings, max_size=8, unique_by=lambda each: (each.profile, each.device, each.time)))
def test_many_readings_are_as_many_points(many: list[Reading]) -> None:
    assert parse(format_lines(many)) == {(each.profile, each.device, each.time): each.values for each in many}


def test_a_line_has_the_profile_the_device_the_metrics_and_microseconds() -> None:
    each = reading(running=True, pressure=0.25, starts=7, mode="auto")
    assert format_lines([each]) == (
        b'booster_pump,device=pump-1 running=true,pressure=0.25,starts=7i,mode="auto" 1700000040000000'
    )


@pytest.mark.parametrize(
    ("text", "field"),
    [("", '""'), ('say "on"', r'"say \"on\""'), ("a\\", r'"a\\"'), ("a, b=c", '"a, b=c"'), ("水泵", '"水泵"')],
)
def test_strings_are_quoted_and_only_quotes_and_backslashes_escaped(text: str, field: str) -> None:
    assert format_lines([reading(note=text)]).decode() == f"booster_pump,device=pump-1 note={field} 1700000040000000"


def test_a_string_with_a_line_break_has_a_line_of_its_own_so_that_it_cannot_spoil_the_numbers() -> None:
    lines = format_lines([reading(note="a\nb", pressure=0.25)])
    assert lines == (
        b"booster_pump,device=pump-1 pressure=0.25 1700000040000000\n"
        b'booster_pump,device=pump-1 note="a\nb" 1700000040000000'
    )


def test_a_reading_without_values_has_no_line() -> None:
    assert format_lines([reading()]) == b""
