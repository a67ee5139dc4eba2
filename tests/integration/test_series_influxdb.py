"""The forwarder and a real InfluxDB 1.6, which a proxy lets speak the writing half of InfluxDB 2."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from gateway import parts
from gateway.core.kernel.changes import Changes
from gateway.core.kernel.times import DAY, HOUR, MINUTE, SECOND
from gateway.core.telemetry.batch import Batch
from gateway.core.telemetry.counts import Counts
from gateway.core.telemetry.intake import Intake
from gateway.core.telemetry.readings import Reading
from gateway.errors import SeriesUnavailable
from gateway.series.embedded import EmbeddedSeries
from gateway.series.forwarder import Forwarder
from gateway.series.influx import InfluxSeries
from gateway.series.port import SeriesStore
from gateway.store import schema
from gateway.store.database import Database, connect
from gateway.store.telemetry.journal import DamagedRow, Journal
from gateway.store.writer import Writer
from tests.servers import Influx2Proxy, Influx16, VictoriaMetrics, eventually, wait_until
from tests.unit.series.stores import PUMP, T0, reading

BUCKET = "series"


def store_at(url: str) -> InfluxSeries:
    return InfluxSeries(url=url, org="facility", bucket=BUCKET, token="secret", timeout_s=5)


@pytest.fixture
def influx(influx16: Influx16, influx2_proxy: Influx2Proxy) -> Iterator[InfluxSeries]:
    influx16.create_database(BUCKET)
    with closing(store_at(influx2_proxy.url)) as store:
        yield store


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = connect(tmp_path)
    with database.writing() as connection:
        schema.metadata.create_all(connection)
    yield database
    database.close()


class Line:
    """A journal and a forwarder from it to a store."""

    def __init__(self, database: Database, store: SeriesStore) -> None:
        self.journal = Journal(database)
        self.rejected: list[tuple[Reading, str | None, str]] = []
        self.damaged: list[DamagedRow] = []
        self._writer = Writer(database, parts.tables())
        self._next = 1
        self.forwarder = Forwarder(
            self.journal,
            store,
            run_in_writer=asyncio.to_thread,
            quarantine=lambda *rejected: self.rejected.append(rejected),
            damaged=self.damaged.append,
            sleep=lambda seconds: asyncio.sleep(seconds / 20),
        )

    def commit(self, readings: Sequence[Reading]) -> None:
        count = len(readings)
        batch = Batch(self._next, Counts(received=count), readings=list(readings))
        self._writer.commit([Changes(parts={Intake.name: batch})])
        self._next += count
        self.forwarder.notify()

    async def until_everything_is_forwarded(self) -> None:
        await eventually(lambda: self.forwarder.position == self._next, within=30, what="the end of the journal")

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.forwarder.run())
        yield
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


def telemetry(first: int, count: int) -> list[Reading]:
    return [
        reading(n, f"pump-{n % 7}", running=n % 3 == 0, pressure=n / 8, starts=n, mode="auto", note=f'"{n}"')
        for n in range(first, first + count)
    ]


def kept(influx16: Influx16) -> list[tuple[object, ...]]:
    rows = influx16.query(BUCKET, 'SELECT * FROM "booster_pump"')
    names = ("time", "device", "running", "pressure", "starts", "mode", "note")
    return sorted(tuple(row[name] for name in names) for row in rows)


def expected(readings: Sequence[Reading]) -> list[tuple[object, ...]]:
    return sorted((each.time, each.device, *each.values.values()) for each in readings)


async def test_every_reading_arrives_once_with_its_types(
    influx: InfluxSeries, influx16: Influx16, influx2_proxy: Influx2Proxy, database: Database
) -> None:
    line, readings = Line(database, influx), telemetry(0, 6000)
    async with line.running():
        for start in range(0, 6000, 1500):
            line.commit(readings[start : start + 1500])
        await line.until_everything_is_forwarded()
    assert kept(influx16) == expected(readings)
    types = {row["fieldKey"]: row["fieldType"] for row in influx16.query(BUCKET, "SHOW FIELD KEYS")}
    assert types == {"running": "boolean", "pressure": "float", "starts": "integer", "mode": "string", "note": "string"}
    assert influx2_proxy.tokens == {"Token secret"}
    assert line.forwarder.forwarded == 6000


def test_floats_of_any_size_arrive_as_they_are(influx: InfluxSeries, influx16: Influx16) -> None:
    sizes = [0.0, -0.0, 1e300, -1.5e300, 1e16, 2.0**53, 1e-5, 1.5e-7, 5e-324, 1.7976931348623157e308, 0.1 + 0.2]
    influx.write([reading(number, pressure=value) for number, value in enumerate(sizes)])
    influx.write([reading(number, "pump-2", pressure=value, starts=1) for number, value in enumerate(sizes)])
    for device in ("pump-1", "pump-2"):
        rows = influx16.query(BUCKET, f"SELECT pressure FROM booster_pump WHERE device = '{device}' ORDER BY time")
        assert [row["pressure"] for row in rows] == sizes


@pytest.mark.parametrize("kind", ["connection refused", "503", "database killed"])
async def test_an_outage_in_the_middle_loses_nothing_and_doubles_nothing(
    influx: InfluxSeries, influx16: Influx16, influx2_proxy: Influx2Proxy, database: Database, kind: str
) -> None:
    begin: dict[str, Callable[[], None]] = {
        "connection refused": influx2_proxy.stop,
        "503": lambda: setattr(influx2_proxy, "answer_with", 503),
        "database killed": influx16.kill,
    }
    end: dict[str, Callable[[], None]] = {
        "connection refused": influx2_proxy.start,
        "503": lambda: setattr(influx2_proxy, "answer_with", None),
        "database killed": influx16.start,
    }
    line, readings = Line(database, influx), telemetry(0, 4000)
    async with line.running():
        line.commit(readings[:1000])
        await line.until_everything_is_forwarded()
        await asyncio.to_thread(begin[kind])
        for start in range(1000, 4000, 1000):
            line.commit(readings[start : start + 1000])
        await eventually(lambda: not line.forwarder.available, what="the forwarder noticing the outage")
        await eventually(lambda: line.forwarder.backlog == 3000, what="the backlog")
        await asyncio.to_thread(end[kind])
        await line.until_everything_is_forwarded()
        assert line.forwarder.available
    assert kept(influx16) == expected(readings)
    assert line.rejected == []


async def test_a_field_of_another_type_is_set_aside_alone(
    influx: InfluxSeries, influx16: Influx16, database: Database
) -> None:
    line, readings = Line(database, influx), telemetry(0, 2000)
    line.commit(readings[:1000])
    wrong = reading(1500, "pump-9", pressure="high", starts=1500)
    line.commit([*readings[1000:1500], wrong, *readings[1500:]])
    async with line.running():
        await line.until_everything_is_forwarded()

    ((rejected, metric, detail),) = line.rejected
    assert (rejected, metric) == (wrong, "pressure")
    assert "field type conflict" in detail
    (rest,) = influx16.query(BUCKET, """SELECT * FROM "booster_pump" WHERE device = 'pump-9'""")
    assert (rest["starts"], rest["pressure"]) == (1500, None)
    assert len(kept(influx16)) == 2001


async def test_a_metric_whose_type_was_changed_is_set_aside_at_the_cost_of_a_few_requests(
    influx: InfluxSeries, influx16: Influx16, influx2_proxy: Influx2Proxy, database: Database
) -> None:
    line = Line(database, influx)
    line.commit([reading(0, starts=1)])
    changed = [reading(n, starts=n / 2, pressure=0.5) for n in range(1, 3001)]
    line.commit(changed)
    async with line.running():
        await line.until_everything_is_forwarded()
    assert [(rejected, metric) for rejected, metric, _detail in line.rejected] == [(each, "starts") for each in changed]
    assert influx16.query(BUCKET, 'SELECT count("pressure") FROM "booster_pump"')[0]["count"] == 3000
    assert influx2_proxy.writes < 5


async def test_a_bucket_that_does_not_exist_yet_is_waited_for(
    influx16: Influx16, influx2_proxy: Influx2Proxy, database: Database
) -> None:
    with closing(store_at(influx2_proxy.url)) as influx:
        line = Line(database, influx)
        line.commit(telemetry(0, 10))
        async with line.running():
            await eventually(lambda: "influx_bucket" in line.forwarder.last_error)
            influx16.create_database(BUCKET)
            await line.until_everything_is_forwarded()
    assert len(kept(influx16)) == 10


def test_both_homes_give_the_same_answers(influx: InfluxSeries, tmp_path: Path) -> None:
    dice = random.Random(7)
    readings = [
        reading(
            n * 7,
            f"pump-{dice.randrange(3)}",
            running=dice.random() < 0.5,
            pressure=dice.randrange(100) / 4,
            starts=dice.randrange(9),
            mode=dice.choice(["off", "auto"]),
            note=dice.choice(["", 'say "on"', "back\\slash", "two\nlines", "水泵"]),
        )
        for n in range(500)
    ]
    with closing(EmbeddedSeries(tmp_path, move_at=200)) as embedded:
        for start in range(0, 500, 100):
            embedded.write(readings[start : start + 100])
            influx.write(readings[start : start + 100])
        for metric in PUMP.metrics:
            for device in ("pump-0", "pump-1", "nobody"):
                for bucket in (None, 10 * SECOND, MINUTE, HOUR, 7 * DAY):
                    for limit in (3, 1000):
                        window = {"start": T0 + 15 * SECOND, "end": T0 + 40 * MINUTE}
                        ours, theirs = (
                            store.query(device, PUMP, metric, **window, bucket=bucket, limit=limit)
                            for store in (embedded, influx)
                        )
                        assert ours == theirs
                        assert [type(each.last) for each in ours] == [type(each.last) for each in theirs]


def test_a_query_of_a_missing_bucket_is_unavailable(influx16: Influx16) -> None:
    with closing(store_at(influx16.url)) as influx, pytest.raises(SeriesUnavailable, match="cannot answer"):
        influx.query("pump-1", PUMP, "pressure", start=0, end=T0, bucket=None, limit=1)


async def test_victoria_metrics_keeps_numbers_and_bools_in_milliseconds_once_each_through_an_outage(
    victoria_metrics: VictoriaMetrics, database: Database
) -> None:
    readings = telemetry(0, 3000)
    with closing(store_at(victoria_metrics.url)) as store:
        line = Line(database, store)
        async with line.running():
            line.commit(readings[:1000])
            await line.until_everything_is_forwarded()
            await asyncio.to_thread(victoria_metrics.stop)
            line.commit(readings[1000:])
            await eventually(lambda: not line.forwarder.available, what="the forwarder noticing the outage")
            await asyncio.to_thread(victoria_metrics.start)
            await line.until_everything_is_forwarded()

    def samples(metric: str) -> list[tuple[str, int, float]]:
        return sorted(
            (series["metric"]["device"], time, value)
            for series in victoria_metrics.export(f'{{__name__="booster_pump_{metric}"}}')
            for time, value in zip(series["timestamps"], series["values"], strict=True)
        )

    wait_until(lambda: len(samples("starts")) >= 3000, what="all samples visible")
    for metric in ("starts", "pressure", "running"):
        assert samples(metric) == sorted((each.device, each.time // 1000, each.values[metric]) for each in readings)


def test_victoria_metrics_keeps_no_text_but_a_text_costs_no_number(victoria_metrics: VictoriaMetrics) -> None:
    with closing(store_at(victoria_metrics.url)) as store:
        store.write([reading(0, starts=1, note="two\nlines"), reading(1, starts=2, note='"quoted" \\ text')])
        wait_until(lambda: len(victoria_metrics.export('{__name__="booster_pump_starts"}')) == 1)
        (starts,) = victoria_metrics.export('{__name__="booster_pump_starts"}')
        assert starts["values"] == [1, 2]
        (note,) = victoria_metrics.export('{__name__="booster_pump_note"}')
        assert note["values"] == [0]
        with pytest.raises(SeriesUnavailable, match="does not answer InfluxQL"):
            store.query("pump-1", PUMP, "starts", start=0, end=T0 + MINUTE, bucket=None, limit=9)
