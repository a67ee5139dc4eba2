#!/usr/bin/env python3
"""Reads the points of one BACnet/IP device again and again, and prints each round as a line of JSON.

    python3 bacnet.py ahu.toml | mosquitto_pub -l -q 1 -t site/SITE/PROFILE/DEVICE/telemetry

`docs/bridges.md` has such a file, and the service that runs both. Needs `pip install bacpypes3`.

A point that cannot be read, and one whose device says that it is in fault or out of service, is null: unknown. When the
device does not answer, the line is `{"ts": …, "online": false}` and has no point.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

from bacpypes3.apdu import AbortPDU, AbortReason, ErrorRejectAbortNack
from bacpypes3.app import Application
from bacpypes3.basetypes import StatusFlags
from bacpypes3.local.device import DeviceObject
from bacpypes3.local.networkport import NetworkPortObject
from bacpypes3.pdu import Address
from bacpypes3.primitivedata import Enumerated, ObjectIdentifier, Real, Unsigned

FAULT, OUT_OF_SERVICE = 1, 3
"""Bits of the property status-flags; the others are in-alarm (0) and overridden (2)."""


class Away(Exception):
    """The device does not answer."""


def plain(value: object) -> bool | int | float | str:
    """The value as JSON has it: binary objects are true or false, multi-state objects are numbers from 1 on."""
    if isinstance(value, Enumerated):
        return bool(value)
    if isinstance(value, Unsigned):
        return int(value)
    if isinstance(value, Real | float):
        return round(float(value), 6)
    return str(value)


async def read(application: Application, device: Address, point: ObjectIdentifier, name: str) -> object:
    """The property, or None where the device refuses to tell."""
    try:
        return await application.read_property(device, point, name)
    except ErrorRejectAbortNack as error:
        if isinstance(error, AbortPDU) and error.apduAbortRejectReason == AbortReason.noResponse:
            raise Away from error
        print(f"{point} {name}: {error}", file=sys.stderr)
        return None


async def read_point(
    application: Application, device: Address, point: ObjectIdentifier
) -> bool | int | float | str | None:
    """Its value, or None where it is unknown."""
    value = await read(application, device, point, "present-value")
    if value is None:
        return None
    flags = await read(application, device, point, "status-flags")
    if isinstance(flags, StatusFlags) and (flags[FAULT] or flags[OUT_OF_SERVICE]):
        return None
    return plain(value)


async def main(settings: dict[str, Any]) -> None:
    here = DeviceObject(
        objectIdentifier=("device", settings.get("id", 4_000_001)),
        objectName="facility-gateway bridge",
        vendorIdentifier=999,
        apduTimeout=int(settings["timeout"] * 1000),
    )
    port = NetworkPortObject(settings["local"], objectIdentifier=("network-port", 1), objectName="network")
    application = Application.from_object_list([here, port])
    device = Address(settings["device"])
    points = {name: ObjectIdentifier(point) for name, point in settings["points"].items()}
    while True:
        began = time.time()
        line: dict[str, object] = {"ts": int(began * 1000)}
        try:
            for name, point in points.items():
                line[name] = await read_point(application, device, point)
            line["online"] = True
        except Away:
            line = {"ts": int(began * 1000), "online": False}
        print(json.dumps(line), flush=True)
        await asyncio.sleep(max(0, began + settings["every"] - time.time()))


if __name__ == "__main__":
    asyncio.run(main(tomllib.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
