"""The history of one metric of one device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Protocol

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from gateway.api.answers import encoded
from gateway.api.problems import QueryParameters, check_known, documented, invalid, not_found
from gateway.api.services import Gateway
from gateway.api.times import Moment, parse_moment
from gateway.core.kernel.times import DAY, HOUR, MILLISECOND, MINUTE, SECOND, Micros, parse_duration
from gateway.core.kernel.values import Value
from gateway.core.profiles.metric import MetricType

router = APIRouter(prefix="/devices", tags=["devices"])

EACH_VALUE = "none"
_ABOUT_BUCKETS = 60
_ROUND_WIDTHS = (
    *(count * SECOND for count in (1, 2, 5, 10, 15, 30)),
    *(count * MINUTE for count in (1, 2, 5, 10, 15, 30)),
    *(count * HOUR for count in (1, 2, 3, 6, 12)),
)


class SeriesParameters(QueryParameters):
    """Which part of the history, in buckets of which width."""

    metric: str | None = Field(None, description="Name of the metric; required.", examples=["inlet_pressure"])
    from_: str = Field(
        "-1h",
        alias="from",
        description="ISO 8601 with an offset, or a time ago such as -7d.",
        examples=["-1h", "2026-01-31T16:00:00+08:00"],
    )
    to: str = Field("now", description="As `from`; not included.")
    bucket: str | None = Field(
        None,
        description="Width of the buckets, such as 5m, or none for each value by itself. About 60 buckets unless set.",
        examples=["5m"],
    )
    limit: int = Field(1000, ge=1, le=10_000, description="How many buckets or values at most, the earliest first.")


class PointAnswer(BaseModel):
    """The values in one bucket, or one value."""

    model_config = ConfigDict(from_attributes=True)

    time: Moment = Field(description="Where the bucket begins: a multiple of its width since 1970 in UTC.")
    count: int
    mean: float | None = Field(description="Of a bool, the share of true; null of text.")
    min: int | float | None = Field(description="Of numbers only.")
    max: int | float | None = Field(description="Of numbers only.")
    last: Value = Field(description="The latest value.")


class SeriesAnswer(BaseModel):
    """A part of a series."""

    device: str
    metric: str
    type: MetricType
    unit: str
    from_: Moment = Field(serialization_alias="from")
    to: Moment
    bucket_s: float | None = Field(
        description="Width of the buckets in seconds; null when each value stands by itself."
    )
    points: list[PointAnswer] = Field(description="The earliest first. Empty buckets are left out.")
    next_from: Moment | None = Field(description="`from` for the rest, when there is more than `limit`.")


class _Point(Protocol):
    @property
    def time(self) -> Micros: ...


@router.get("/{device}/series", response_model=SeriesAnswer, responses=documented(404))
def get_series(gateway: Gateway, device: str, query: Annotated[SeriesParameters, Query()]) -> Response:
    """One metric over time: buckets with their mean, least, greatest and last value, or each value by itself."""
    spec = gateway.site.devices.get(device)
    if spec is None:
        raise not_found(f"the site has no device {device!r}; /api/v1/devices lists them")
    profile = gateway.configuration.profiles[spec.profile]
    if query.metric is None:
        raise invalid(f"metric is needed: one of {', '.join(profile.metrics)}")
    check_known("metric", query.metric, profile.metrics)
    start, end = _span(query, gateway.now())
    bucket = _width(query, end - start)
    points = gateway.series.query(
        device, profile, query.metric, start=start, end=end, bucket=bucket, limit=query.limit + 1
    )
    metric = profile.metrics[query.metric]
    answer = SeriesAnswer(
        device=device,
        metric=query.metric,
        type=metric.type,
        unit=metric.unit,
        from_=start,
        to=end,
        bucket_s=bucket / SECOND if bucket is not None else None,
        points=[PointAnswer.model_validate(point) for point in points[: query.limit]],
        next_from=_next_from(points, query.limit),
    )
    return encoded(answer)


def round_width(span: Micros) -> Micros:
    """A round width for buckets: at most 60 of them, and not many fewer, cover `span`."""
    least = -(-span // _ABOUT_BUCKETS)
    return next((width for width in _ROUND_WIDTHS if width >= least), -(-least // DAY) * DAY)


def _span(query: SeriesParameters, now: Micros) -> tuple[Micros, Micros]:
    try:
        start = parse_moment(query.from_, now)
    except ValueError as error:
        raise invalid(f"from: {error}") from error
    try:
        end = parse_moment(query.to, now)
    except ValueError as error:
        raise invalid(f"to: {error}") from error
    if start >= end:
        raise invalid(f"from ({query.from_}) must be before to ({query.to})")
    return start, end


def _width(query: SeriesParameters, span: Micros) -> Micros | None:
    if query.bucket is None:
        return round_width(span)
    if query.bucket == EACH_VALUE:
        return None
    try:
        width = parse_duration(query.bucket)
    except ValueError as error:
        raise invalid(f"bucket: {error}, or none for each value by itself") from error
    if width < MILLISECOND or width % MILLISECOND:
        raise invalid("bucket: write whole milliseconds, at least one")
    return width


def _next_from(points: Sequence[_Point], limit: int) -> Micros | None:
    return points[limit].time if len(points) > limit else None
