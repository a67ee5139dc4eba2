from __future__ import annotations

from typing import Any

import pytest

from gateway.core.kernel.times import MINUTE
from gateway.core.profiles.metric import MetricType
from gateway.errors import SeriesUnavailable
from gateway.series.influxql import buckets, statements
from gateway.series.port import Bucket
from tests.unit.series.stores import T0


def ask(type_: MetricType, *, bucket: int | None = None, device: str = "pump-1") -> str:
    return statements(device, "booster_pump", "x", type_, start=T0, end=T0 + 1, bucket=bucket, limit=9)


def answer(*results: tuple[list[str], list[list[Any]]]) -> dict[str, Any]:
    return {"results": [{"series": [{"columns": columns, "values": values}]} for columns, values in results]}


def test_single_values_are_asked_for_by_device_and_time() -> None:
    assert ask("int") == (
        """SELECT "x" AS last FROM "booster_pump" WHERE device = 'pump-1' """
        "AND time >= 1700000040000000u AND time < 1700000040000001u ORDER BY time LIMIT 9"
    )


def test_buckets_of_numbers_are_one_statement() -> None:
    assert ask("float", bucket=MINUTE) == (
        'SELECT count("x") AS count, last("x") AS last, mean("x") AS mean, min("x") AS min, max("x") AS max '
        """FROM "booster_pump" WHERE device = 'pump-1' AND time >= 1700000040000000u AND time < 1700000040000001u """
        "GROUP BY time(60000000u) fill(none) ORDER BY time LIMIT 9"
    )


def test_buckets_of_a_bool_need_a_second_statement_that_counts_the_true() -> None:
    first, second = ask("bool", bucket=MINUTE).split("; ")
    assert "mean" not in first
    assert '"x" = true' in second


def test_quotes_in_a_name_do_not_end_it() -> None:
    assert r"device = 'it\'s'" in ask("int", device="it's")


def test_the_share_of_true_joins_both_answers() -> None:
    found = buckets(
        answer((["time", "count", "last"], [[1, 4, True], [2, 2, False]]), (["time", "count"], [[1, 3]])),
        "bool",
        bucket=MINUTE,
    )
    assert found == [Bucket(1, 4, 0.75, None, None, True), Bucket(2, 2, 0.0, None, None, False)]


def test_a_float_without_fraction_is_still_a_float() -> None:
    (bucket,) = buckets(answer((["time", "last"], [[1, 7]])), "float", bucket=None)
    assert bucket == Bucket(1, 1, 7.0, 7.0, 7.0, 7.0)
    assert type(bucket.last) is float


def test_a_whole_number_stays_exact() -> None:
    whole = 2**53 + 1
    (lone,) = buckets(answer((["time", "last"], [[1, whole]])), "int", bucket=None)
    (bucket,) = buckets(
        answer((["time", "count", "last", "mean", "min", "max"], [[1, 2, whole, 0.5, -whole, whole]])),
        "int",
        bucket=MINUTE,
    )
    assert (lone.min, lone.max, lone.last) == (whole, whole, whole)
    assert bucket == Bucket(1, 2, 0.5, -whole, whole, whole)


def test_an_empty_answer_has_no_buckets() -> None:
    assert buckets({"results": [{"statement_id": 0}]}, "int", bucket=None) == []


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"results": [{"error": "database not found: x"}]}, "database not found"),
        ({"error": "error parsing query"}, "error parsing query"),
        (answer((["name"], [["_internal"]])), "does not answer InfluxQL"),
    ],
)
def test_an_error_is_unavailable_with_the_words_of_the_server(document: dict[str, Any], message: str) -> None:
    with pytest.raises(SeriesUnavailable, match=message):
        buckets(document, "int", bucket=None)
