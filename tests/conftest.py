"""Fixtures for all tests: real servers, started for one test and gone after it."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.servers import Influx2Proxy, Influx16, Mosquitto, VictoriaMetrics

# A busy machine is no reason for a property to fail.
settings.register_profile("facility-gateway", deadline=None)
settings.load_profile("facility-gateway")


def pytest_collection_finish() -> None:
    """What stands until the end, such as thousands of tests, is looked at in no collection of garbage from now on."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    """A persistent Mosquitto without accounts."""
    with Mosquitto(tmp_path / "mosquitto") as broker:
        yield broker


@pytest.fixture
def influx16(tmp_path: Path) -> Iterator[Influx16]:
    """An empty InfluxDB 1.6."""
    with Influx16(tmp_path / "influxdb") as database:
        yield database


@pytest.fixture
def influx2_proxy(influx16: Influx16) -> Iterator[Influx2Proxy]:
    """The writing half of InfluxDB 2, before `influx16`. Create the bucket with `influx16.create_database`."""
    with Influx2Proxy(influx16.port) as proxy:
        yield proxy


@pytest.fixture
def victoria_metrics(tmp_path: Path) -> Iterator[VictoriaMetrics]:
    """An empty VictoriaMetrics."""
    with VictoriaMetrics(tmp_path / "victoria-metrics") as database:
        yield database
