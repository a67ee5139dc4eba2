"""The tag reader model."""

import random

from simulators.devices.nfc_reader import NfcReader


def test_a_reader_beats_with_its_battery() -> None:
    reader = NfcReader(random.Random(1))
    beat = reader.step(0.0)

    assert beat is not None
    assert set(beat) == {"battery"}
    assert 60.0 <= float(beat["battery"]) <= 100.0


def test_a_scan_carries_the_uid_of_the_tag() -> None:
    reader = NfcReader(random.Random(1))

    assert reader.scan("04A2B3C4D5E680") == {"uid": "04A2B3C4D5E680", "battery": reader.scan("04")["battery"]}


def test_the_battery_lasts_for_months() -> None:
    reader = NfcReader(random.Random(1))
    reader.step(0.0)
    month = reader.step(30 * 86400.0)

    assert month is not None
    assert float(month["battery"]) > 50.0
