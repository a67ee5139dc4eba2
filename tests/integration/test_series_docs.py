"""The queries of docs/series.md, run as they stand there."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gateway.core.kernel.times import MINUTE, SECOND
from gateway.core.telemetry.readings import Reading
from gateway.series.embedded import EmbeddedSeries
from gateway.series.line_protocol import format_lines
from tests.servers import Influx16

PAGE = (Path(__file__).parents[2] / "docs" / "series.md").read_text()
NEW_YEAR = 1_767_225_600 * SECOND
"""2026-01-01T00:00Z."""


def blocks(language: str) -> list[str]:
    found = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found
    return found


@pytest.fixture
def readings() -> list[Reading]:
    return [
        Reading(
            "pump-b1-1",
            "booster_pump",
            NEW_YEAR + n * MINUTE // 2,
            0,
            {"running": n % 4 == 0, "outlet_pressure": 0.25 + n % 2, "starts": n},
        )
        for n in range(120)
    ]


@pytest.fixture
def influx(influx16: Influx16, readings: list[Reading]) -> Influx16:
    influx16.create_database("series")
    influx16.write("series", format_lines(readings).decode().splitlines())
    return influx16


def test_the_example_line_is_what_is_written(readings: list[Reading]) -> None:
    example = Reading("pump-b1-1", "booster_pump", NEW_YEAR, 0, {"running": True, "outlet_pressure": 0.25, "starts": 7})
    assert f"\n    {format_lines([example]).decode()}\n" in PAGE


def test_the_sql_gives_means_by_the_hour(readings: list[Reading], tmp_path: Path) -> None:
    (query,) = blocks("sql")
    with closing(EmbeddedSeries(tmp_path, move_at=100)) as series:
        for reading in readings:
            series.write([reading])
        with closing(sqlite3.connect(tmp_path / "series.db")) as connection:
            assert connection.execute(query).fetchall() == [("2026-01-01T00:00Z", 120, 0.75, 1.25, 0.25)]


def test_the_influxql_gives_minutes_and_counts(influx: Influx16) -> None:
    minutes, all_readings, running = (influx.query("series", query) for query in blocks("influxql"))
    assert len(minutes) == 60
    assert minutes[1] == {"time": NEW_YEAR + MINUTE, "mean": 0.75, "max": 1.25, "last": 3}
    assert [(row["device"], row["count"]) for row in all_readings] == [("pump-b1-1", 120)]
    assert [(row["device"], row["count"]) for row in running] == [("pump-b1-1", 30)]
