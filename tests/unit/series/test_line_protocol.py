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


def written_simply(each: Reading) -> list[str]:
    """What a reading becomes, field by field, with numbers as Python writes them."""

    def field(name: str, value: Value) -> str:
        if isinstance(value, str):
            return '{}="{}"'.format(name, re.sub(r"([\\\"])", r"\\\1", value))
        if isinstance(value, bool):
            return f"{name}={str(value).lower()}"
        return f"{name}={value}i" if isinstance(value, int) else f"{name}={value!r}"

    def line(fields: list[str]) -> str:
        return f"{each.profile},device={each.device} {','.join(fields)} {each.time}"

    fields = [field(name, value) for name, value in each.values.items()]
    together = [text for text in fields if "\n" not in text]
    return [line(together)] * bool(together) + [line([text]) for text in fields if "\n" in text]


def without_exponent(value: Value) -> bool:
    return not isinstance(value, float) or "e" not in repr(value)


metrics = ("running", "pressure", "starts", "note")
usual = values.filter(without_exponent)
same_metrics = st.builds(
    Reading,
    devices,
    st.sampled_from(["booster_pump", "elevator"]),
    st.integers(0, 2**53),
    st.just(T0),
    st.one_of(
        st.dictionaries(st.sampled_from(metrics), usual),
        st.dictionaries(
            st.sampled_from(metrics), st.one_of(st.booleans(), st.floats(-1e6, 1e6).filter(without_exponent))
        ),
    ),
)


@given(st.lists(same_metrics, max_size=20))
def test_lines_are_as_if_written_field_by_field_though_a_metric_changes_its_type(many: list[Reading]) -> None:
    expected = "\n".join(line for each in many for line in written_simply(each))
    assert format_lines(many).decode() == expected


@pytest.mark.parametrize(
    "value", [0.0, -0.0, 1e300, -1e300, 1e16, 2.0**53, 1e-5, 1.5e-7, 5e-324, 1.7976931348623157e308, 0.1 + 0.2]
)
@pytest.mark.parametrize("beside", [{}, {"running": True}, {"starts": 7}])
def test_a_float_of_any_size_is_read_back_bit_by_bit(value: float, beside: dict[str, Value]) -> None:
    (fields,) = parse(format_lines([reading(pressure=value, **beside)])).values()
    assert repr(fields["pressure"]) == repr(value)  # 0.0 == -0.0


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
