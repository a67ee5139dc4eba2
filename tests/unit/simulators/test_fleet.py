"""Fleet files."""

from pathlib import Path
from typing import Any

import pytest

import simulators
from simulators.catalogue import FAULTS, DeviceClass
from simulators.errors import FileError
from simulators.fleet import Fleet, fleet_from, load_fleet

LIFT = {"id": "lift", "class": "elevator"}
POINT = {"reader": "nfc-1", "uid": "04a2b3c4d5e680", "after": "60s"}


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_example_has_various_classes_and_dialects_and_a_round() -> None:
    fleet = load_fleet(Path(simulators.__file__).parent / "example.yaml")

    assert len({device.device_class for device in fleet.all_devices}) >= 7
    assert len({device.dialect for device in fleet.all_devices}) >= 4
    assert fleet.rounds


def test_a_device_speaks_natively_under_its_own_name_unless_it_is_told_otherwise() -> None:
    leak = {"id": "leak-1", "class": "water_leak", "dialect": "milesight_em300_sld", "address": "24E124136B502156"}
    fleet = fleet_from({"site": "s", "devices": [LIFT, {**leak, "via": "the_things_stack"}]})

    lift, sensor = fleet.devices
    assert (lift.dialect, lift.address, lift.via) == ("native", None, None)
    assert (sensor.dialect, sensor.address, sensor.via) == (
        "milesight_em300_sld",
        "24E124136B502156",
        "the_things_stack",
    )
    assert fleet.zone.key == "UTC"


def test_a_fleet_file_is_read_into_seconds(tmp_path: Path) -> None:
    fleet = load_fleet(
        write(
            tmp_path / "fleet.yaml",
            """
            site: riverside
            devices:
              - {id: lift-b1-1, class: elevator, faults: [{name: entrapment, at: 20s, for: 3m}]}
            rounds:
              - {name: night, every: 10m, points: [{reader: nfc-b1-1, uid: 04112233445566, after: 60s}]}
            """,
        )
    )

    (fault,) = fleet.devices[0].faults
    assert (fault.name, fault.at, fault.until) == ("entrapment", 20.0, 200.0)
    assert fleet.rounds[0].every == 600.0
    assert fleet.rounds[0].points[0].uid == "04112233445566"


def test_a_fleet_can_be_given_as_a_mapping() -> None:
    fleet = fleet_from({"site": "s", "devices": [LIFT]})

    assert isinstance(fleet, Fleet)
    assert fleet.devices[0].rated_speed == 1.75


def test_readers_that_only_a_round_names_belong_to_the_fleet() -> None:
    fleet = fleet_from({"site": "s", "devices": [LIFT], "rounds": [{"name": "n", "every": "10m", "points": [POINT]}]})

    assert [device.id for device in fleet.all_devices] == ["lift", "nfc-1"]
    assert fleet.rounds[0].points[0].uid == "04A2B3C4D5E680"


@pytest.mark.parametrize("device_class", DeviceClass)
def test_every_class_has_faults_and_each_says_what_it_shows(device_class: DeviceClass) -> None:
    for fault in FAULTS[device_class]:
        fleet_from(
            {
                "site": "s",
                "devices": [{"id": "d", "class": device_class, "faults": [{"name": fault, "at": "0s", "for": "1s"}]}],
            }
        )
        assert fault.sentence.endswith(".")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("site: [x\n", r"f\.yaml:2: this is not YAML"),
        ("site: x\nsite: y\n", r"f\.yaml:2: .*'site' is given twice"),
        ("hello\n", r"f\.yaml:1: there should be keys"),
        ("site: x\n", r"f\.yaml:1: there is nothing to simulate"),
        ("site: a/b\ndevices: []\n", r"f\.yaml:1: site: 'a/b' cannot stand in a topic"),
        ("site: x\ncolour: red\ndevices: [{id: a, class: elevator}]\n", r"f\.yaml:2: colour: this key is not known"),
        ("site: x\ndevices:\n- id: a\n", r"f\.yaml:3: devices\[0\]\.class: this key is missing"),
        ("site: x\ndevices:\n- id: a\n  class: lorry\n", r"f\.yaml:4: devices\[0\]\.class: .*'elevator'"),
        ("site: x\ndevices:\n- {id: a, class: elevator}\n- {id: a, class: elevator}\n", "two devices are called 'a'"),
        (
            "site: x\ndevices:\n- {id: a, class: elevator, faults: [{name: leak, at: 1s, for: 1s}]}\n",
            r"f\.yaml:3: .*elevator has no fault 'leak'; there are: entrapment",
        ),
        (
            "site: x\ndevices:\n- id: a\n  class: elevator\n  faults:\n  - {name: entrapment, at: 20, for: 1s}\n",
            r"f\.yaml:6: devices\[0\]\.faults\[0\]\.at: '20' is not a duration",
        ),
        (
            "site: x\ndevices:\n- id: a\n  class: elevator\n  faults:\n"
            "  - {name: entrapment, at: 20s, for: 1m}\n  - {name: entrapment, at: 50s, for: 1m}\n",
            "entrapment at 50s overlaps another entrapment",
        ),
        ("site: x\ndevices:\n- {id: a, class: smoke_detector, floors: 3}\n", "floors is for elevators only"),
        (
            "site: x\nrounds:\n- name: n\n  every: 30s\n  points:\n  - {reader: r, uid: 04A2B3C4D5E680, after: 60s}\n",
            r"f\.yaml:3: rounds\[0\]: the walk takes 1m00s, longer than its interval of 30s",
        ),
        (
            "site: x\nrounds:\n- name: n\n  every: 10m\n  points:\n  - {reader: r, uid: 04XX, after: 60s}\n",
            r"f\.yaml:6: rounds\[0\]\.points\[0\]\.uid: '04XX' is not the UID of a tag",
        ),
        (
            "site: x\ndevices: [{id: r, class: elevator}]\n"
            "rounds:\n- name: n\n  every: 10m\n  points:\n  - {reader: r, uid: 04A2B3C4D5E680, after: 60s}\n",
            "round 'n': 'r' is no nfc_reader",
        ),
        (
            "site: x\ntimezone: Mars\ndevices: []\n",
            r"f\.yaml:2: timezone: 'Mars' is no time zone: write one such",
        ),
        (
            "site: x\ndevices:\n- {id: a, class: water_leak, dialect: zigbee2mqtt}\n"
            "- {id: b, class: gas_detector, dialect: zigbee2mqtt, address: a}\n",
            "a and b have the same address 'a': give each its own",
        ),
        (
            "site: x\ndevices:\n- {id: a, class: nfc_reader, dialect: zigbee2mqtt}\n",
            "nfc_reader has no dialect 'zigbee2mqtt'; there are: native, tasmota, esp_rfid, homie",
        ),
        (
            "site: x\ndevices:\n- {id: a, class: water_leak, dialect: dragino_lwl02}\n",
            "the address 'a' does not fit: write the DevEUI, such as 24e124136b502156",
        ),
        (
            "site: x\ndevices:\n- {id: a, class: booster_pump, dialect: sparkplug, address: plc-1}\n",
            "the address 'plc-1' does not fit: write group/edge/device",
        ),
        (
            "site: x\ndevices:\n- {id: a, class: water_leak, dialect: zigbee2mqtt, via: chirpstack}\n",
            "via 'chirpstack' does not fit: zigbee2mqtt goes through no network server",
        ),
        (
            "site: x\ndevices:\n"
            "- {id: a, class: water_leak, dialect: dragino_lwl02, address: 24e124136b502156, via: helium}\n",
            "via 'helium' does not fit: dragino_lwl02 goes through chirpstack or the_things_stack",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_to_do(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(FileError, match=expected) as refused:
        load_fleet(write(tmp_path / "f.yaml", text))
    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there_is_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"none\.yaml: cannot be read: No such file"):
        load_fleet(tmp_path / "none.yaml")


def test_mistakes_in_a_mapping_name_its_source() -> None:
    data: dict[str, Any] = {"site": "s", "devices": [{"id": "a"}]}
    with pytest.raises(FileError, match=r"^demo fleet: devices\[0\]\.class: this key is missing"):
        fleet_from(data, source="demo fleet")
