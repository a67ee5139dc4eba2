"""Fixtures of the tests of MQTT."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.mqtt.both_ends import Ours


@pytest.fixture
def ours() -> Iterator[Ours]:
    """The client of the gateway at MQTT 3.1.1, connected."""
    with Ours() as ours:
        ours.accept()
        yield ours
