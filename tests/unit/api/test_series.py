"""The history of a metric as the API gives it."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.api.series import round_width
from gateway.core.kernel.times import DAY, HOUR, MINUTE, SECOND, Micros
from gateway.series.port import Bucket
from tests.unit.api.house import NOON, House

SERIES = "/devices/pump-1/series"


async def test_without_more_it_is_the_last_hour_in_buckets_of_a_minute(
    house: House, browser: httpx.AsyncClient
) -> None:
    house.series.buckets = [Bucket(NOON - HOUR, 3, 0.5, 0.4, 0.6, 0.55)]
    assert (await browser.get(SERIES, params={"metric": "pressure"})).json() == {
        "device": "pump-1",
        "metric": "pressure",
        "type": "float",
        "unit": "MPa",
        "from": "2026-01-01T11:00:00.000Z",
        "to": "2026-01-01T12:00:00.000Z",
        "bucket_s": 60.0,
        "points": [{"time": "2026-01-01T11:00:00.000Z", "count": 3, "mean": 0.5, "min": 0.4, "max": 0.6, "last": 0.55}],
        "next_from": None,
    }
    (asked,) = house.series.asked
    assert (asked["start"], asked["end"], asked["bucket"]) == (NOON - HOUR, NOON, MINUTE)


async def test_whole_numbers_are_exact_beyond_what_a_float_holds(house: House, browser: httpx.AsyncClient) -> None:
    least, greatest = -(2**63), 2**63 - 1
    house.series.buckets = [Bucket(NOON - HOUR, 3, 0.5, least, greatest, 2**53 + 1)]
    (point,) = (await browser.get(SERIES, params={"metric": "pressure"})).json()["points"]
    assert (point["min"], point["max"], point["last"]) == (least, greatest, 2**53 + 1)


@pytest.mark.parametrize(
    ("query", "start", "end", "bucket"),
    [
        ({"from": "-1d", "bucket": "1h"}, NOON - DAY, NOON, HOUR),
        ({"from": "-1h30m", "to": "-30m"}, NOON - 90 * MINUTE, NOON - 30 * MINUTE, MINUTE),
        ({"from": "2026-01-01T11:00:00Z", "bucket": "none"}, NOON - HOUR, NOON, None),
        ({"from": "2026-01-01T19:00:00+08:00", "bucket": "5s"}, NOON - HOUR, NOON, 5 * SECOND),
        ({"from": "2026-01-01T19:00:00 08:00"}, NOON - HOUR, NOON, MINUTE),  # an unescaped +
        ({"from": "2026-01-01T19:00:00.000 0800"}, NOON - HOUR, NOON, MINUTE),
    ],
)
async def test_times_and_widths_can_be_written_as_people_do(
    house: House,
    browser: httpx.AsyncClient,
    query: dict[str, str],
    start: Micros,
    end: Micros,
    bucket: Micros | None,
) -> None:
    response = await browser.get(SERIES, params={"metric": "pressure", **query})
    assert response.status_code == 200, response.text
    (asked,) = house.series.asked
    assert (asked["start"], asked["end"], asked["bucket"]) == (start, end, bucket)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({}, "metric is needed: one of running, pressure"),
        ({"metric": "presure"}, "there is no metric 'presure' here; known: pressure, running"),
        ({"metric": "pressure", "from": "2026-01-01T11:00"}, "from: '2026-01-01T11:00' is not a time"),
        ({"metric": "pressure", "from": "yesterday"}, "from: 'yesterday' is not a time"),
        ({"metric": "pressure", "from": "-999999d"}, "from: '-999999d' is before 1970"),
        ({"metric": "pressure", "to": "-2h"}, "from (-1h) must be before to (-2h)"),
        ({"metric": "pressure", "bucket": "5"}, "bucket: '5' is not a duration"),
        ({"metric": "pressure", "bucket": "200000000d"}, "bucket: '200000000d' is not a duration"),
        ({"metric": "pressure", "bucket": "9" * 400 + "s"}, "bucket: '999"),
        ({"metric": "pressure", "bucket": "0s"}, "bucket: write whole milliseconds, at least one"),
        ({"metric": "pressure", "limit": "0"}, "limit: Input should be greater than or equal to 1"),
        ({"metric": "pressure", "start": "-1h"}, "there is no parameter 'start'; there are metric, from, to, bucket"),
    ],
)
async def test_a_wrong_query_is_rejected_with_what_is_right(
    browser: httpx.AsyncClient, query: dict[str, str], said: str
) -> None:
    response = await browser.get(SERIES, params=query)
    assert response.status_code == 422
    assert response.json()["detail"].startswith(said)


async def test_a_long_series_comes_in_parts(house: House, browser: httpx.AsyncClient) -> None:
    house.series.buckets = [Bucket(NOON + minute * MINUTE, 1, 1.0, 1.0, 1.0, 1.0) for minute in range(3)]
    part = (await browser.get(SERIES, params={"metric": "pressure", "limit": 2})).json()
    assert [point["time"] for point in part["points"]] == ["2026-01-01T12:00:00.000Z", "2026-01-01T12:01:00.000Z"]
    assert part["next_from"] == "2026-01-01T12:02:00.000Z"


async def test_text_and_switches_keep_their_type(house: House, browser: httpx.AsyncClient) -> None:
    house.series.buckets = [Bucket(NOON, 2, 0.5, None, None, True)]
    (point,) = (await browser.get(SERIES, params={"metric": "running"})).json()["points"]
    assert (point["mean"], point["min"], point["last"]) == (0.5, None, True)


async def test_an_unknown_device_is_not_found(browser: httpx.AsyncClient) -> None:
    assert (await browser.get("/devices/pump-9/series", params={"metric": "pressure"})).status_code == 404


async def test_a_series_store_that_is_away_is_said_so(house: House, browser: httpx.AsyncClient) -> None:
    house.series.away = True
    response = await browser.get(SERIES, params={"metric": "pressure"})
    assert (response.status_code, response.json()["detail"]) == (503, "the series store is asleep")


@given(st.integers(1, 20 * 365 * DAY))
def test_a_round_width_never_makes_more_than_sixty_buckets_and_never_is_below_a_second(span: Micros) -> None:
    width = round_width(span)
    assert width * 60 >= span
    assert width >= SECOND
    assert width % SECOND == 0
