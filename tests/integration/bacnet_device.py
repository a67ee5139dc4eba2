"""A BACnet/IP device on the loopback, for test_bridges.py: `python bacnet_device.py PORT`, and it prints a line when it
answers. Of its temperatures the second is in fault, and the third is out of service."""

from __future__ import annotations

import asyncio
import sys

from bacpypes3.app import Application
from bacpypes3.local.analog import AnalogInputObject
from bacpypes3.local.binary import BinaryInputObject
from bacpypes3.local.device import DeviceObject
from bacpypes3.local.multistate import MultiStateValueObject
from bacpypes3.local.networkport import NetworkPortObject


async def main(port: int) -> None:
    # The library makes the property status-flags from these.
    working = {"eventState": "normal", "outOfService": False, "reliability": "noFaultDetected"}
    faulty = {**working, "reliability": "noSensor"}
    stopped = {**working, "outOfService": True}
    celsius = {"units": "degreesCelsius", "covIncrement": 0.1}
    application = Application.from_object_list(
        [
            DeviceObject(objectIdentifier=("device", 30), objectName="ahu-b1-1", vendorIdentifier=999),
            NetworkPortObject(f"127.0.0.1/8:{port}", objectIdentifier=("network-port", 1), objectName="network"),
            AnalogInputObject(
                objectIdentifier=("analog-input", 1), objectName="supply", presentValue=18.4, **celsius, **working
            ),
            AnalogInputObject(
                objectIdentifier=("analog-input", 2), objectName="return", presentValue=-40.0, **celsius, **faulty
            ),
            AnalogInputObject(
                objectIdentifier=("analog-input", 3), objectName="outside", presentValue=10.0, **celsius, **stopped
            ),
            BinaryInputObject(objectIdentifier=("binary-input", 1), objectName="fan", presentValue="active", **working),
            BinaryInputObject(
                objectIdentifier=("binary-input", 2), objectName="filter", presentValue="inactive", **working
            ),
            MultiStateValueObject(
                objectIdentifier=("multi-state-value", 1),
                objectName="mode",
                presentValue=2,
                numberOfStates=3,
                **working,
            ),
        ]
    )
    print("answers", flush=True)
    try:
        await asyncio.Future()
    finally:
        application.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
