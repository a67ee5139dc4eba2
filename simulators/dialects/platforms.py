"""Platforms that forward what others measure: ThingsBoard's IoT Gateway for controllers, and Shanghai's for lifts."""

from collections.abc import Iterable
from typing import Any, Final

from simulators.catalogue import DeviceClass
from simulators.dialects.dialect import NAME, Address, Dialect, Packet, Report, to_json


def write_thingsboard(report: Report) -> Iterable[Packet]:
    """The gateway API: by the name of each device a list of moments with their values."""
    moment = {"ts": report.ts, "values": report.metrics}
    yield Packet("v1/gateway/telemetry", to_json({report.address: [moment]}))


THINGSBOARD: Final = Dialect(
    name="thingsboard_gateway",
    sentence="ThingsBoard's IoT Gateway: v1/gateway/telemetry; address: the name of the device there.",
    writers=dict.fromkeys(
        (
            DeviceClass.BOOSTER_PUMP,
            DeviceClass.SUMP_PUMP,
            DeviceClass.FIRE_PUMP,
            DeviceClass.WATER_TANK_LEVEL,
            DeviceClass.HYDRANT_PRESSURE,
        ),
        write_thingsboard,
    ),
    address=Address(form=NAME.form, hint="write the name of the device, such as pump-1"),
)

COUNTERS_EVERY: Final = 60  # reports


def write_shanghai(report: Report) -> Iterable[Packet]:
    """A lift's state; its counters now and then; and a fault when it comes, by the number of the standard."""
    state = report.state
    local = report.moment.astimezone(report.zone).strftime("%Y-%m-%d %H:%M:%S")
    lift = {"registerNumber": report.address}
    real = {
        "Service_Mode": state["service_mode"],
        "Car_Status": state["car_status"],
        "Car_Direction": state["direction"],
        "Door_Zone": state["door_zone"],
        "Car_Position": str(state["floor"]),
        "Passenger_Status": state["passenger_present"],
        "Door_Close_Status": state["door_closed"],
    }
    yield Packet("iot/api/v1/iotRealData", to_json({**lift, **real, "samplingTime": local}))
    if report.number % COUNTERS_EVERY == 0:
        counters = {"Present_Counter_Value": state["run_count"], "Total_Running_Time": int(float(state["run_hours"]))}
        yield Packet("iot/api/v1/iotStatisticsData", to_json({**lift, **counters, "samplingTime": local}))
    if report.before.get("fault_code", 0) != state["fault_code"]:
        code = f"{int(state['fault_code']):02}"
        alarm: dict[str, Any] = {"alarmId": f"{report.address}-{report.ts}", "alarmChannel": "S04", **lift}
        details = [{"paramCode": name, "paramValue": str(value)} for name, value in real.items()]
        moments = {"occurTime": local, "statusCollectTime": local}
        body = {**alarm, **moments, "failureCode": code, "statusDetails": details}
        yield Packet("platform/api/v1/iotAlarms", to_json(body))


SHANGHAI: Final = Dialect(
    name="shanghai",
    sentence="Shanghai's smart lift platform: state, counters and alarms; address: the lift's registration number.",
    writers={DeviceClass.ELEVATOR: write_shanghai},
    address=Address(form=r"\d{20}", hint="write the registration number of 20 digits, such as 31101101092009060014"),
)
