"""Queries in InfluxQL, which InfluxDB 1, 2 and 3 answer alike at `/query`, and the buckets in their answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.core.kernel.times import Micros
from gateway.core.profiles.metric import MetricType
from gateway.errors import SeriesUnavailable
from gateway.series.port import NUMERIC, Bucket

Row = dict[str, Any]


def statements(
    device: str,
    profile: str,
    metric: str,
    type_: MetricType,
    *,
    start: Micros,
    end: Micros,
    bucket: Micros | None,
    limit: int,
) -> str:
    """One statement or, for buckets of a bool, two: InfluxQL has no mean of a bool, but can count the true."""
    field = _identifier(metric)
    where = f"device = {_string(device)} AND time >= {start}u AND time < {end}u"
    if bucket is None:
        return f"SELECT {field} AS last FROM {_identifier(profile)} WHERE {where} ORDER BY time LIMIT {limit}"

    def select(columns: str, condition: str) -> str:
        return (
            f"SELECT {columns} FROM {_identifier(profile)} WHERE {condition} "
            f"GROUP BY time({bucket}u) fill(none) ORDER BY time LIMIT {limit}"
        )

    columns = f"count({field}) AS count, last({field}) AS last"
    if type_ in NUMERIC:
        columns += f", mean({field}) AS mean, min({field}) AS min, max({field}) AS max"
    text = select(columns, where)
    if type_ == "bool":
        text += "; " + select(f"count({field}) AS count", f"{where} AND {field} = true")
    return text


def buckets(answer: Mapping[str, Any], type_: MetricType, *, bucket: Micros | None) -> list[Bucket]:
    """The buckets in the answer to `statements`.

    Raises:
        SeriesUnavailable: the answer is an error, or not one to InfluxQL at all.
    """
    results = [list(_rows(result)) for result in answer.get("results", [])]
    if not results:
        raise SeriesUnavailable(f"the series store answered {str(answer)[:200]!r} to a query")
    if type_ in NUMERIC:
        return [_numeric(row, type_) for row in results[0]]
    if type_ != "bool":
        return [Bucket(row["time"], row.get("count", 1), None, None, None, row["last"]) for row in results[0]]
    if bucket is None:
        return [Bucket(row["time"], 1, float(row["last"]), None, None, row["last"]) for row in results[0]]
    true = {row["time"]: row["count"] for row in results[1]}
    return [
        Bucket(row["time"], row["count"], true.get(row["time"], 0) / row["count"], None, None, row["last"])
        for row in results[0]
    ]


def _numeric(row: Row, type_: MetricType) -> Bucket:
    # A float without fraction comes back as 7, not 7.0. A whole number may have more digits than a float.
    last = row["last"]
    numbers = last, row.get("min", last), row.get("max", last)
    last, least, greatest = map(float, numbers) if type_ == "float" else numbers
    return Bucket(row["time"], row.get("count", 1), row.get("mean", float(last)), least, greatest, last)


def _rows(result: Mapping[str, Any]) -> Iterator[Row]:
    if error := result.get("error"):
        raise SeriesUnavailable(f"the series store cannot answer: {error}")
    for series in result.get("series", []):
        if "time" not in series["columns"]:
            raise SeriesUnavailable("the series store does not answer InfluxQL; ask it in its own language")
        for values in series.get("values", []):
            yield dict(zip(series["columns"], values, strict=True))


def _identifier(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _string(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
