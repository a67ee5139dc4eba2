"""The envelopes in which LoRaWAN network servers publish uplinks: ChirpStack v4 and v3, and The Things Stack v3.

Field names after the servers' documentation of their MQTT integrations.
"""

from __future__ import annotations

import re
from functools import lru_cache

from gateway.core.kernel.values import Json
from gateway.core.profiles.bindings import COMMAND_PORTS, LAST_PORT
from gateway.core.profiles.paths import entered
from gateway.core.telemetry.decoding.checks import shown
from gateway.core.telemetry.decoding.messages import Contents
from gateway.core.telemetry.decoding.parsers import Fragment, decode_text
from gateway.core.telemetry.quarantine import Reason, Rejected

TOPICS = (
    "application/{application}/device/{device_eui}/event/up",
    "application/{application}/device/{device_eui}/rx",
    "v3/{application}/devices/{name}/up",
)
"""The default topics of uplinks: of ChirpStack, of ChirpStack v3 before 3.11, and of The Things Stack."""

_EUI = re.compile("[0-9a-fA-F]{16}")
_EUI_SIZE = 8
"""Bytes."""

_LONGEST_EUI = 32
"""Characters, with separators."""

_SEPARATORS = dict.fromkeys(map(ord, ":- "))

Envelope = dict[str, Json]
"""An uplink without its bytes: `time`, `port`, `rssi`, `snr`, `frame_counter` and `object`."""


class LorawanParser:
    """Parses all envelopes. Fields that are zero or false may be missing: The Things Stack leaves them out.

    An uplink without an fPort, or on one that LoRaWAN itself uses, is never the application's: its bytes are commands.
    """

    def parse(self, contents: Contents) -> list[Fragment] | Rejected:
        """One fragment with the bytes of the uplink, none if they are not the application's.

        Its device is the DevEUI in lower-case hex.
        """
        document = contents.json()
        if type(document) is Rejected:
            return document
        if type(document) is not dict:
            return Rejected(Reason.MALFORMED, "the payload is JSON, but not the envelope of an uplink")
        if type(info := document.get("deviceInfo")) is dict:
            is_encrypted = document.get("joinServerContext") is not None
            return _fragment(
                info.get("devEui"), document.get("data", ""), _chirpstack(document), is_encrypted=is_encrypted
            )
        if "devEUI" in document and not document.keys().isdisjoint(("applicationID", "fPort")):
            envelope = _chirpstack_3(document)
            return _fragment(document["devEUI"], document.get("data") or "", envelope, is_encrypted=False)
        if type(ids := document.get("end_device_ids")) is dict:
            uplink = document.get("uplink_message")
            if uplink is None:
                return []
            if type(uplink) is not dict:
                return _malformed(f"{shown(uplink)} is where the uplink should be", ids.get("dev_eui"))
            is_encrypted = uplink.get("app_s_key") is not None
            envelope = _the_things_stack(document, uplink)
            return _fragment(ids.get("dev_eui"), uplink.get("frm_payload", ""), envelope, is_encrypted=is_encrypted)
        detail = f"neither ChirpStack nor The Things Stack sends such an uplink; keys: {shown(list(document))}"
        return Rejected(Reason.MALFORMED, detail)


def dev_eui_of(text: str) -> str:
    """A DevEUI in lower-case hex without separators. ChirpStack v3 sends it in base64, unless told otherwise."""
    return _known_eui(text) if len(text) <= _LONGEST_EUI else text.lower()


@lru_cache(maxsize=16_384)  # each uplink has one
def _known_eui(text: str) -> str:
    plain = text.translate(_SEPARATORS)
    if _EUI.fullmatch(plain):
        return plain.lower()
    data = decode_text(text, "base64")
    return data.hex() if isinstance(data, bytes) and len(data) == _EUI_SIZE else plain.lower()


def _fragment(device: object, text: object, envelope: Envelope, *, is_encrypted: bool) -> list[Fragment] | Rejected:
    if type(device) is not str or not device:
        return Rejected(Reason.MALFORMED, f"{shown(device)} is where the DevEUI should be")
    port = envelope["port"]
    if port is None:
        return []
    if type(port) is float and port.is_integer():
        port = envelope["port"] = int(port)
    if type(port) is not int or not 0 <= port <= LAST_PORT:
        return _malformed(f"{shown(port)} is where the fPort should be", device)
    if port in COMMAND_PORTS:
        return []
    if is_encrypted:
        return _malformed("its bytes are encrypted, as the network server does not have the application's key", device)
    data = decode_text(text, "base64")
    if isinstance(data, Rejected):
        return _malformed(data.detail, device)
    return [Fragment(envelope, envelope, data, dev_eui_of(device))]


def _malformed(detail: str, device: object) -> Rejected:
    return Rejected(Reason.MALFORMED, detail, device=dev_eui_of(device) if isinstance(device, str) else None)


def _chirpstack(document: dict[str, Json]) -> Envelope:
    return {
        "time": document.get("time"),
        "port": document.get("fPort"),
        "frame_counter": document.get("fCnt", 0),
        "object": document.get("object"),
        **_reception(document.get("rxInfo")),
    }


def _chirpstack_3(document: dict[str, Json]) -> Envelope:
    receptions = document.get("rxInfo")
    times = [each.get("time") for each in receptions if type(each) is dict] if type(receptions) is list else []
    return {
        "time": document.get("publishedAt") or next((time for time in times if time), None),
        "port": document.get("fPort"),
        "frame_counter": document.get("fCnt", 0),
        "object": document.get("object", entered(document.get("objectJSON"))),
        **_reception(receptions),
    }


def _the_things_stack(document: dict[str, Json], uplink: dict[str, Json]) -> Envelope:
    return {
        "time": document.get("received_at") or uplink.get("received_at"),
        "port": uplink.get("f_port"),
        "frame_counter": uplink.get("f_cnt", 0),
        "object": uplink.get("decoded_payload"),
        **_reception(uplink.get("rx_metadata")),
    }


def _reception(gateways: object) -> Envelope:
    """Signal and noise at the gateway with the best reception."""
    if type(gateways) is not list:
        return {}
    received = [each for each in gateways if type(each) is dict and type(each.get("rssi")) in (int, float)]
    best = max(received, key=lambda each: each["rssi"], default={})
    signal = {key: best[key] for key in ("rssi", "snr") if key in best}
    return signal | ({"snr": best["loRaSNR"]} if "loRaSNR" in best else {})  # so in ChirpStack v3
