from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.kernel.times import MINUTE, SECOND, Micros
from gateway.core.kernel.values import Value
from gateway.core.telemetry.readings import Reading
from gateway.errors import SeriesRefused, SeriesUnavailable
from gateway.series.embedded import EmbeddedSeries
from gateway.series.port import Bucket
from tests.unit.series.stores import PUMP, T0, reading


@pytest.fixture(params=[1, 100_000], ids=["moved", "fresh"])
def series(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[EmbeddedSeries]:
    """With readings in the one table or in the other: it must make no difference."""
    with closing(EmbeddedSeries(tmp_path, move_at=request.param)) as store:
        yield store


def ask(
    series: EmbeddedSeries,
    metric: str,
    *,
    device: str = "pump-1",
    start: Micros = T0,
    end: Micros = T0 + 60 * MINUTE,
    bucket: Micros | None = None,
    limit: int = 1000,
) -> list[Bucket]:
    return series.query(device, PUMP, metric, start=start, end=end, bucket=bucket, limit=limit)


def lasts(series: EmbeddedSeries, metric: str) -> list[Value]:
    return [bucket.last for bucket in ask(series, metric)]


def test_numbers_have_mean_least_greatest_and_last(series: EmbeddedSeries) -> None:
    series.write([reading(n, pressure=p, starts=n) for n, p in enumerate([0.5, 0.25, 0.75])])
    assert ask(series, "pressure", bucket=MINUTE) == [Bucket(T0, 3, 0.5, 0.25, 0.75, 0.75)]
    assert ask(series, "starts", bucket=MINUTE) == [Bucket(T0, 3, 1, 0, 2, 2)]


@pytest.mark.parametrize("whole", [2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63)])
def test_a_whole_number_stays_exact(series: EmbeddedSeries, whole: int) -> None:
    series.write([reading(0, starts=whole)])
    for bucket in (None, MINUTE):
        (found,) = ask(series, "starts", bucket=bucket)
        assert (found.min, found.max, found.last) == (whole, whole, whole)


def test_the_mean_of_a_bool_is_the_share_of_true(series: EmbeddedSeries) -> None:
    series.write([reading(n, running=n != 3) for n in range(4)])
    (bucket,) = ask(series, "running", bucket=MINUTE)
    assert bucket == Bucket(T0, 4, 0.75, None, None, False)
    assert type(bucket.last) is bool


@pytest.mark.parametrize("metric", ["mode", "note"])
def test_text_has_a_count_and_the_last(series: EmbeddedSeries, metric: str) -> None:
    series.write([reading(n, **{metric: text}) for n, text in enumerate(["z", "a"])])
    assert ask(series, metric, bucket=MINUTE) == [Bucket(T0, 2, None, None, None, "a")]


def test_values_keep_their_types(series: EmbeddedSeries) -> None:
    values: dict[str, Value] = {"running": True, "pressure": 3.0, "starts": 2**62 + 1, "note": '水 "\\\n'}
    series.write([reading(0, **values)])
    for metric, value in values.items():
        (kept,) = lasts(series, metric)
        assert (kept, type(kept)) == (value, type(value))


def test_buckets_begin_at_multiples_of_their_width_and_empty_ones_are_left_out(series: EmbeddedSeries) -> None:
    series.write([reading(seconds, starts=seconds) for seconds in (50, 59, 60, 200)])
    begin = T0 - T0 % MINUTE
    found = ask(series, "starts", start=T0, bucket=MINUTE)
    assert all(bucket.time % MINUTE == 0 for bucket in found)
    assert [(bucket.time - begin) // MINUTE for bucket in found] == sorted(
        {(T0 + seconds * SECOND - begin) // MINUTE for seconds in (50, 59, 60, 200)}
    )


def test_the_start_is_included_and_the_end_is_not(series: EmbeddedSeries) -> None:
    series.write([reading(n, starts=n) for n in range(5)])
    assert [bucket.last for bucket in ask(series, "starts", start=T0 + SECOND, end=T0 + 3 * SECOND)] == [1, 2]


def test_the_earliest_are_given_when_there_are_more_than_asked_for(series: EmbeddedSeries) -> None:
    series.write([reading(n, starts=n) for n in reversed(range(300))])
    assert [bucket.last for bucket in ask(series, "starts", limit=2)] == [0, 1]
    assert len(ask(series, "starts", bucket=MINUTE, limit=2)) == 2


def test_only_the_device_and_the_metric_asked_for_are_given(series: EmbeddedSeries) -> None:
    series.write([reading(0, "pump-1", starts=1), reading(0, "pump-2", starts=2), reading(1, "pump-1", note="x")])
    assert lasts(series, "starts") == [1]
    assert ask(series, "running") == []
    assert ask(series, "starts", device="nobody", bucket=MINUTE) == []


def test_a_metric_that_the_profile_has_not_is_a_key_error(series: EmbeddedSeries) -> None:
    with pytest.raises(KeyError):
        ask(series, "nothing")


def test_writing_again_changes_nothing_and_a_second_reading_of_the_time_adds_to_the_first(
    series: EmbeddedSeries,
) -> None:
    series.write([reading(0, starts=1, pressure=0.1)])
    series.write([reading(0, starts=1, pressure=0.1), reading(1, starts=2)])
    series.write([reading(0, starts=3, running=True), reading(0, starts=4)])
    assert lasts(series, "starts") == [4, 2]
    assert lasts(series, "pressure") == [0.1]
    assert lasts(series, "running") == [True]
    assert ask(series, "starts", bucket=MINUTE)[0].count == 2


def test_values_from_before_a_change_of_type_are_left_out(series: EmbeddedSeries) -> None:
    series.write([reading(0, pressure="high"), reading(1, pressure=True), reading(2, pressure=5)])
    assert lasts(series, "pressure") == [5]
    series.write([reading(2, pressure="low")])
    assert lasts(series, "pressure") == []


def test_a_reading_without_values_is_not_kept(series: EmbeddedSeries, tmp_path: Path) -> None:
    series.write([reading(0)])
    with closing(sqlite3.connect(tmp_path / "series.db")) as connection:
        assert connection.execute("SELECT * FROM readings UNION SELECT * FROM fresh").fetchall() == []


_moments = st.integers(0, 20)
_groups = st.lists(
    st.lists(st.tuples(_moments, st.sampled_from(["starts", "running", "note"]), st.integers(0, 9)), max_size=8),
    max_size=6,
)
_TYPED: dict[str, Callable[[int], Value]] = {"starts": int, "running": lambda number: number > 4, "note": str}


@given(_groups, st.sampled_from([1, 5, 100]), st.sampled_from([SECOND, 7 * SECOND, None]))
def test_it_answers_as_a_dict_of_the_last_values_would(
    tmp_path_factory: pytest.TempPathFactory,
    groups: list[list[tuple[int, str, int]]],
    move_at: int,
    width: Micros | None,
) -> None:
    expected: dict[str, dict[Micros, Value]] = {"starts": {}, "running": {}, "note": {}}
    with closing(EmbeddedSeries(tmp_path_factory.mktemp("series"), move_at=move_at)) as series:
        for group in groups:
            readings: list[Reading] = []
            for moment, metric, number in group:
                readings.append(reading(moment, **{metric: _TYPED[metric](number)}))
                expected[metric][readings[-1].time] = readings[-1].values[metric]
            series.write(readings)

        for metric, kept in expected.items():
            buckets: dict[Micros, list[Value]] = {}
            for time, value in sorted(kept.items()):
                buckets.setdefault(time - time % width if width else time, []).append(value)
            found = ask(series, metric, start=0, bucket=width)
            assert [(each.time, each.count, each.last) for each in found] == [
                (time, len(values), values[-1]) for time, values in buckets.items()
            ]
            if metric != "note":
                means = [sum(map(int, values)) / len(values) for values in buckets.values()]
                assert [each.mean for each in found] == pytest.approx(means)


def test_what_was_written_is_there_after_a_crash(tmp_path: Path) -> None:
    with closing(EmbeddedSeries(tmp_path, move_at=3)) as crashed:
        for n in range(5):
            crashed.write([reading(n, starts=n)])
        with closing(EmbeddedSeries(tmp_path, move_at=3)) as opened:  # the first never closed the file
            opened.write([reading(5, starts=5)])
            assert lasts(opened, "starts") == [0, 1, 2, 3, 4, 5]


def test_a_locked_file_is_unavailable_and_a_later_write_succeeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.series.embedded._WAIT_FOR_LOCK_S", 0.05)
    with closing(EmbeddedSeries(tmp_path)) as series:
        with closing(sqlite3.connect(tmp_path / "series.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(SeriesUnavailable, match="locked"):
                series.write([reading(0, starts=1)])
            assert lasts(series, "starts") == []
        series.write([reading(0, starts=1)])
        assert lasts(series, "starts") == [1]


@pytest.mark.parametrize("move_at", [100_000, 150])
def test_a_full_disk_is_unavailable_keeps_what_there_was_and_a_later_write_succeeds(
    tmp_path: Path, move_at: int
) -> None:
    with closing(EmbeddedSeries(tmp_path, move_at=move_at)) as series:
        series.write([reading(n, note="x" * 900) for n in range(100)])
        (pages,) = series._open().execute("PRAGMA page_count").fetchone()
        series._open().execute(f"PRAGMA max_page_count={pages}")
        with pytest.raises(SeriesUnavailable, match="full"):
            series.write([reading(n, note="y" * 900) for n in range(200)])
        assert lasts(series, "note") == ["x" * 900] * 100
        series._open().execute("PRAGMA max_page_count=1000000")
        series.write([reading(n, note="y" * 900) for n in range(200)])
        assert lasts(series, "note") == ["y" * 900] * 200


def test_a_time_beyond_64_bits_is_refused_and_a_later_write_succeeds(series: EmbeddedSeries) -> None:
    with pytest.raises(SeriesRefused, match="too large"):
        series.write([reading(pressure=0.5), reading(2**60, pressure=0.5)])
    series.write([reading(1, pressure=0.25)])
    assert lasts(series, "pressure") == [0.25]


def test_a_query_is_answered_while_a_write_is_under_way(tmp_path: Path) -> None:
    with closing(EmbeddedSeries(tmp_path)) as series:
        series.write([reading(0, starts=1)])
        with closing(sqlite3.connect(tmp_path / "series.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            other.execute("DELETE FROM fresh")
            assert lasts(series, "starts") == [1]


def test_a_file_of_a_later_schema_is_not_touched(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "series.db")) as connection:
        connection.execute("PRAGMA user_version=2")
    with (
        closing(EmbeddedSeries(tmp_path)) as series,
        pytest.raises(SeriesUnavailable, match="schema version 2"),
    ):
        series.write([reading(0, pressure=0.1)])


def test_a_damaged_file_stops_no_start_and_is_left_as_soon_as_it_is_moved_away(tmp_path: Path) -> None:
    file = tmp_path / "series.db"
    file.write_text("no database at all" * 100)
    with closing(EmbeddedSeries(tmp_path)) as series:
        with pytest.raises(SeriesUnavailable, match="file is not a database; move the file away"):
            series.write([reading(0, pressure=0.1)])
        with pytest.raises(SeriesUnavailable, match="file is not a database"):
            ask(series, "pressure")
        file.rename(tmp_path / "damaged.db")
        series.write([reading(0, pressure=0.1)])
        assert lasts(series, "pressure") == [0.1]


def test_a_file_that_is_moved_away_while_it_is_open_is_left(tmp_path: Path) -> None:
    with closing(EmbeddedSeries(tmp_path)) as series:
        series.write([reading(0, pressure=0.1)])
        for file in tmp_path.glob("series.db*"):
            file.rename(tmp_path / f"damaged-{file.name}")
        series.write([reading(1, pressure=0.2)])
        assert lasts(series, "pressure") == [0.2]
    assert (tmp_path / "series.db").exists()


def test_a_log_that_is_left_of_a_file_that_was_moved_away_does_not_get_into_a_new_one(tmp_path: Path) -> None:
    log = tmp_path / "series.db-wal"
    log.write_text("of the old file")
    with closing(EmbeddedSeries(tmp_path)) as series:
        with pytest.raises(SeriesUnavailable, match="move it as well"):
            series.write([reading(0, pressure=0.1)])
        assert not (tmp_path / "series.db").exists()
        log.unlink()
        series.write([reading(0, pressure=0.1)])


def test_a_file_that_cannot_be_opened_is_unavailable(tmp_path: Path) -> None:
    with (
        closing(EmbeddedSeries(tmp_path / "missing")) as series,
        pytest.raises(SeriesUnavailable, match="unable to open"),
    ):
        series.write([reading(0, pressure=0.1)])


@pytest.mark.parametrize("damage", ["'no JSON'", "x'c1ff'", "CAST(x'fffe' AS TEXT)", "12", "''"])
@pytest.mark.parametrize("table", ["readings", "fresh"])
def test_a_damaged_row_costs_no_other_neither_when_asked_nor_when_moved(
    tmp_path: Path, table: str, damage: str
) -> None:
    with closing(EmbeddedSeries(tmp_path, move_at=4 if table == "fresh" else 3)) as series:
        series.write([reading(second, pressure=0.1) for second in (0, 1, 2)])
        with closing(sqlite3.connect(tmp_path / "series.db")) as connection, connection:
            oldest = f"time = (SELECT min(time) FROM {table})"
            assert connection.execute(f"UPDATE {table} SET fields = {damage} WHERE {oldest}").rowcount == 1
        assert lasts(series, "pressure") == [0.1, 0.1]
        assert [each.count for each in ask(series, "pressure", bucket=MINUTE)] == [2]
        series.write([reading(second, pressure=0.2) for second in (0, 1, 3)])
        assert lasts(series, "pressure") == [0.2, 0.2, 0.1, 0.2]


def test_what_is_left_of_the_disk_for_alarms_is_not_taken_by_series(tmp_path: Path) -> None:
    room = False
    with closing(EmbeddedSeries(tmp_path, has_room=lambda: room)) as series:
        with pytest.raises(SeriesUnavailable, match="kept for alarms"):
            series.write([reading(0, pressure=0.1)])
        room = True
        series.write([reading(0, pressure=0.1)])
