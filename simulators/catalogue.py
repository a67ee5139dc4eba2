"""Every class of equipment there is, each with its model. A new class is one line here and its model."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from simulators.devices.access_door import AccessDoor
from simulators.devices.alarms import GasDetector, HeatDetector, ManualCallPoint
from simulators.devices.booster_pump import BoosterPump
from simulators.devices.camera import CameraEvent
from simulators.devices.climate import TemperatureHumidity
from simulators.devices.edge_box import EdgeBox
from simulators.devices.electricity import DistributionPanel, PowerMeter
from simulators.devices.elevator import Elevator
from simulators.devices.escalator import Escalator
from simulators.devices.fire_panel import FirePanel
from simulators.devices.fire_pump import FirePump
from simulators.devices.nfc_reader import NfcReader
from simulators.devices.patrol_phone import PatrolPhone
from simulators.devices.smoke_detector import SmokeDetector
from simulators.devices.standby_power import BatteryUps, Generator
from simulators.devices.sump_pump import SumpPump
from simulators.devices.water import FloodSensor, HydrantPressure, WaterLeak, WaterTank
from simulators.model import DeviceModel, Fault

Model = DeviceModel[Any]


class DeviceClass(StrEnum):
    """The classes of equipment; the value is the third level of the native topic. Each has its model."""

    model: type[Model]

    def __new__(cls, name: str, model: type[Model]) -> "DeviceClass":
        kind = str.__new__(cls, name)
        kind._value_ = name
        kind.model = model
        return kind

    ELEVATOR = "elevator", Elevator
    ESCALATOR = "escalator", Escalator
    BOOSTER_PUMP = "booster_pump", BoosterPump
    SUMP_PUMP = "sump_pump", SumpPump
    FIRE_PUMP = "fire_pump", FirePump
    WATER_TANK_LEVEL = "water_tank_level", WaterTank
    FLOOD_SENSOR = "flood_sensor", FloodSensor
    WATER_LEAK = "water_leak", WaterLeak
    HYDRANT_PRESSURE = "hydrant_pressure", HydrantPressure
    SMOKE_DETECTOR = "smoke_detector", SmokeDetector
    HEAT_DETECTOR = "heat_detector", HeatDetector
    MANUAL_CALL_POINT = "manual_call_point", ManualCallPoint
    GAS_DETECTOR = "gas_detector", GasDetector
    FIRE_PANEL = "fire_panel", FirePanel
    POWER_METER = "power_meter", PowerMeter
    DISTRIBUTION_PANEL = "distribution_panel", DistributionPanel
    GENERATOR = "generator", Generator
    BATTERY_UPS = "battery_ups", BatteryUps
    TEMPERATURE_HUMIDITY = "temperature_humidity", TemperatureHumidity
    ACCESS_DOOR = "access_door", AccessDoor
    CAMERA_EVENT = "camera_event", CameraEvent
    PATROL_PHONE = "patrol_phone", PatrolPhone
    EDGE_BOX = "edge_box", EdgeBox
    NFC_READER = "nfc_reader", NfcReader


FAULTS: Final[Mapping[DeviceClass, type[Fault]]] = {kind: kind.model.faults for kind in DeviceClass}
"""What can go wrong with each class."""
