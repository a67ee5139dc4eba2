"""LoRaWAN uplinks in the envelopes of network servers, for trying their bytes alone."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

DEV_EUI = "0102030405060708"
"""Of the device that sends them, as bytes alone do not say of which they are."""

_MADE_UP_TIME = "2026-01-01T00:00:00Z"


def envelopes(content: bytes, port: int, *, time: str = _MADE_UP_TIME) -> Iterator[tuple[str, bytes]]:
    """Topic and payload of an uplink, of ChirpStack v4 and v3 and The Things Stack. `time` is that of the server."""
    data = base64.b64encode(content).decode()
    info = {"deviceInfo": {"devEui": DEV_EUI}, "time": time, "fPort": port, "data": data}
    yield f"application/app/device/{DEV_EUI}/event/up", json.dumps(info).encode()
    eui = base64.b64encode(bytes.fromhex(DEV_EUI)).decode()
    version_3 = {"devEUI": eui, "publishedAt": time, "fPort": port, "data": data}
    yield f"application/1/device/{DEV_EUI}/event/up", json.dumps(version_3).encode()
    uplink = {"f_port": port, "frm_payload": data} if port else {"frm_payload": data}
    ids = {"device_id": "trial", "dev_eui": DEV_EUI.upper()}
    envelope = {"end_device_ids": ids, "received_at": time, "uplink_message": uplink}
    yield "v3/app@tenant/devices/trial/up", json.dumps(envelope).encode()
