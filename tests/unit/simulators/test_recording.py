"""Recordings and their mappings."""

from pathlib import Path
from typing import Any

import pytest

from simulators.errors import FileError
from simulators.recording import Recording, RecordingMap, Row, Skipped, open_recording, read_rows
from simulators.replay import Tally, recorded
from simulators.telemetry import DeviceClass

CLOCK = {"column": "datetime", "format": "%Y-%m-%d %H:%M:%S"}
PUMP = """\
datetime;Current;Volume Flow RateRMS
2020-03-09 10:14:33;1.33;32.0
2020-03-09 10:14:34;;33.5
2020-03-09 10:14:36;broken;34.0
2020-03-09 10:14:36;1.5;nan
when?;1.5;35.0

2020-03-09 10:14:35;;
2020-03-09 10:14:30;2;36.0
"""
METRICS = {
    "flow": {"column": "Volume Flow RateRMS", "scale": 0.06},
    "current": {"column": "Current"},
    "running": {"value": True},
}


def rows(text: str, *, metrics: dict[str, Any] = METRICS, **form: Any) -> list[Row | Skipped]:  # noqa: ANN401
    """The rows of a text for one device `p`, with `;` between its cells unless `form` says otherwise."""
    mapping = RecordingMap.model_validate({"delimiter": ";", "metrics": metrics, **form})
    assert mapping.metrics is not None
    return list(read_rows(text.splitlines(keepends=True), mapping, {"p": mapping.metrics}, source="r.csv"))


def test_rows_come_in_the_files_order_with_the_seconds_since_the_first() -> None:
    read = [row for row in rows(PUMP, time=CLOCK) if isinstance(row, Row)]

    assert [(row.line, row.elapsed) for row in read] == [(2, 0.0), (3, 1.0), (4, 3.0), (5, 3.0), (9, -3.0)]
    assert read[0].metrics == {"p": {"flow": 1.92, "current": 1.33, "running": True}}


def test_a_blank_cell_is_left_out_and_an_unreadable_one_is_named() -> None:
    _, blank, broken, not_a_number, *_ = rows(PUMP, time=CLOCK)

    assert isinstance(blank, Row)
    assert blank.metrics["p"] == {"flow": 2.01, "running": True}
    assert blank.unreadable == ()
    assert isinstance(broken, Row)
    assert "current" not in broken.metrics["p"]
    assert broken.unreadable == ("p.current",)
    assert isinstance(not_a_number, Row)
    assert not_a_number.unreadable == ("p.flow",)


def test_a_row_without_time_or_without_values_is_skipped_with_the_reason() -> None:
    skipped = [row for row in rows(PUMP, time=CLOCK) if isinstance(row, Skipped)]

    assert skipped == [Skipped(6, "its time cannot be read"), Skipped(8, "its cells are blank")]


def test_time_may_be_a_number_of_seconds() -> None:
    read = rows(
        "TIME,SM\n1.00E+01,0.5\n1.20E+01,0.6\n", metrics={"o": {"column": "SM"}}, delimiter=",", time={"column": "TIME"}
    )

    assert [row.elapsed for row in read if isinstance(row, Row)] == [0.0, 2.0]


def test_time_may_carry_its_offset_from_utc() -> None:
    text = "t;x\n2013-08-03T17:00:00+0000;1\n2013-08-03T19:00:10+0200;2\n"
    read = rows(text, metrics={"x": {"column": "x"}}, time={"column": "t", "format": "%Y-%m-%dT%H:%M:%S%z"})

    assert [row.elapsed for row in read if isinstance(row, Row)] == [0.0, 10.0]


def test_without_a_time_column_the_rows_are_evenly_apart() -> None:
    read = rows("x\n1\n2\n3\n", metrics={"x": {"column": "x"}}, every="5s")

    assert [row.elapsed for row in read if isinstance(row, Row)] == [0.0, 5.0, 10.0]


def test_lines_above_the_header_are_skipped_and_names_are_stripped() -> None:
    text = "Lib = 0.3\nt, Range [cm],\n0, 367.00,\n"
    level = {"level": {"column": "Range [cm]", "offset": -300.0}}
    read = rows(text, metrics=level, delimiter=",", skip_lines=1, time={"column": "t"})

    assert isinstance(read[0], Row)
    assert read[0].line == 3
    assert read[0].metrics["p"] == {"level": 67.0}


def test_a_metric_may_say_whether_a_column_reaches_a_limit() -> None:
    smoke = {"smoke": {"column": "SM", "scale": 10.0, "at_least": 0.223}}
    read = rows("SM\n0.0222\n0.0223\n", metrics=smoke, every="2s")

    assert [row.metrics["p"]["smoke"] for row in read if isinstance(row, Row)] == [False, True]


def test_integers_stay_integers_and_fixed_values_keep_their_kind() -> None:
    metrics = {"code": {"column": "c"}, "mode": {"value": 1}, "share": {"value": 0.5}, "state": {"value": "on"}}
    (row,) = rows("c\n2\n", metrics=metrics, every="1s")

    assert isinstance(row, Row)
    assert repr(row.metrics["p"]) == repr({"code": 2, "mode": 1, "share": 0.5, "state": "on"})


@pytest.mark.parametrize(
    ("column", "hint"),
    [
        ("Curent", "no column 'Curent'; did you mean 'Current'?"),
        ("zzz", "it has datetime, Current, Volume Flow RateRMS"),
    ],
)
def test_a_column_that_is_not_there_is_told_with_a_hint(column: str, hint: str) -> None:
    with pytest.raises(FileError) as refused:
        rows(PUMP, metrics={"x": {"column": column}}, time=CLOCK)
    assert hint in str(refused.value)


def test_a_wrong_delimiter_is_suspected_when_there_is_one_column() -> None:
    with pytest.raises(FileError, match="everything is in one column: is ',' the right delimiter"):
        rows(PUMP, delimiter=",", time=CLOCK)


# --- files ------------------------------------------------------------------------------------------------------------

ONE = """
delimiter: ";"
time: {column: datetime, format: "%Y-%m-%d %H:%M:%S"}
metrics:
  flow: {column: "Volume Flow RateRMS", scale: 0.06}
  running: {value: true}
"""
SEVERAL = """
delimiter: ";"
time: {column: datetime, format: "%Y-%m-%d %H:%M:%S"}
devices:
  - {id: a, class: smoke_detector, metrics: {obscuration: {column: Current}}}
  - {id: b, metrics: {flow: {column: "Volume Flow RateRMS"}}}
"""


def recording(directory: Path, mapping: str, *, device: str | None = None, of: DeviceClass | None = None) -> Recording:
    (directory / "r.csv").write_text(PUMP, encoding="utf-8")
    (directory / "m.yaml").write_text(mapping, encoding="utf-8")
    return open_recording(directory / "r.csv", directory / "m.yaml", device=device, device_class=of)


def test_the_payloads_of_a_device_can_be_read_without_a_broker(tmp_path: Path) -> None:
    payloads = list(recording(tmp_path, ONE, device="p", of=DeviceClass.BOOSTER_PUMP).payloads("p"))

    assert payloads[:2] == [(0.0, {"flow": 1.92, "running": True}), (1.0, {"flow": 2.01, "running": True})]


def test_several_devices_speak_from_one_file(tmp_path: Path) -> None:
    both = recording(tmp_path, SEVERAL, of=DeviceClass.BOOSTER_PUMP)

    assert both.classes == {"a": DeviceClass.SMOKE_DETECTOR, "b": DeviceClass.BOOSTER_PUMP}
    assert [metrics for _, metrics in both.payloads("a")] == [{"obscuration": v} for v in (1.33, 1.5, 2)]
    assert len(list(both.payloads("b"))) == 4
    assert list(recording(tmp_path, SEVERAL, device="a").sources) == ["a"]


def test_what_became_of_the_rows_is_counted(tmp_path: Path) -> None:
    tally = Tally()
    said = list(recorded(recording(tmp_path, SEVERAL, of=DeviceClass.BOOSTER_PUMP), tally, limit=6))

    assert len(said) == 5
    assert tally.rows == 6
    assert tally.skipped == {"its time cannot be read": 1, "its cells are blank": 1}
    assert tally.unreadable == {"a.obscuration": 1, "b.flow": 1}


@pytest.mark.parametrize(
    ("mapping", "device", "expected"),
    [
        (ONE, None, "give the name with --device"),
        (ONE, "p", "the class of p is not given"),
        (SEVERAL, "c", "no device 'c'; it maps a, b"),
        (ONE.replace("Volume", "Volumes"), "p", "the class of p is not given"),
        ("every: 1s\n", "p", "give either metrics"),
        ("metrics: {x: {column: Current}}\n", "p", "give either time"),
        ("every: 1s\nmetrics: {x: {}}\n", "p", r"m\.yaml:2: metrics\.x: give either column or value"),
        ("every: 1s\nmetrics: {x: {value: 1, scale: 2}}\n", "p", "belong to a column, not to a fixed value"),
    ],
)
def test_a_mapping_that_does_not_fit_is_told(tmp_path: Path, mapping: str, device: str | None, expected: str) -> None:
    with pytest.raises(FileError, match=expected):
        recording(tmp_path, mapping, device=device)


def test_a_recording_that_is_not_there_is_told_before_anything_is_sent(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(ONE, encoding="utf-8")
    with pytest.raises(FileError, match=r"none\.csv: cannot be read: No such file"):
        open_recording(tmp_path / "none.csv", tmp_path / "m.yaml", device="p", device_class=DeviceClass.BOOSTER_PUMP)
