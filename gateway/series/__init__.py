"""Where the series go: one port, and two stores behind it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gateway.series.port import SeriesStore

if TYPE_CHECKING:
    from gateway.settings import Settings


def open_series(settings: Settings, *, has_room: Callable[[], bool]) -> SeriesStore:
    """The store that the settings choose. Only that one is imported: the InfluxDB client alone takes 31 MB.

    It may be away, or its file damaged: the forwarder retries.

    Args:
        has_room: whether the embedded store may take more of the disk; called in any thread.
    """
    if settings.series == "embedded":
        from gateway.series.embedded import EmbeddedSeries

        return EmbeddedSeries(settings.data_dir, has_room=has_room)

    from gateway.series.influx import InfluxSeries

    token = settings.influx_token
    return InfluxSeries(
        url=settings.influx_url,
        org=settings.influx_org,
        bucket=settings.influx_bucket,
        token=token.get_secret_value() if token else "",
    )
