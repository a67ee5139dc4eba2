"""The stamps of messages."""

from simulators.telemetry import Stamps


def test_stamps_rise_strictly_for_each_device_by_itself() -> None:
    stamps = Stamps()

    assert [stamps.stamp("a", 1.0), stamps.stamp("a", 1.0), stamps.stamp("a", 0.5)] == [1000, 1001, 1002]
    assert stamps.stamp("b", 1.0) == 1000
    assert stamps.stamp("a", 2.0) == 2000
