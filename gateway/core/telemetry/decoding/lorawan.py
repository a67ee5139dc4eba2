"""The envelopes in which LoRaWAN network servers publish uplinks: ChirpStack v4 and The Things Stack v3.

Field names after the servers' documentation of their MQTT integrations.
"""

from __future__ import annotations

from gateway.core.kernel.values import Json
from gateway.core.profiles.bindings import COMMAND_PORTS, LAST_PORT
from gateway.core.telemetry.decoding.checks import shown
from gateway.core.telemetry.decoding.messages import Contents
from gateway.core.telemetry.decoding.parsers import Fragment, decode_text
from gateway.core.telemetry.quarantine import Reason, Rejected

TOPICS = ("application/{application}/device/{device_eui}/event/up", "v3/{application}/devices/{name}/up")
"""The default topics of uplinks of ChirpStack and The Things Stack."""

Envelope = dict[str, Json]
"""An uplink without its bytes: `time`, `port`, `rssi`, `snr`, `frame_counter` and `object`."""


class LorawanParser:
    """Parses both envelopes. Fields that are zero or false may be missing: The Things Stack leaves them out.

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
            return _fragment(info.get("devEui"), document.get("data", ""), _chirpstack(document), is_encrypted)
        if type(ids := document.get("end_device_ids")) is dict:
            uplink = document.get("uplink_message")
            if uplink is None:
                return []
            if type(uplink) is not dict:
                return _malformed(f"{shown(uplink)} is where the uplink should be", ids.get("dev_eui"))
            is_encrypted = uplink.get("app_s_key") is not None
            envelope = _the_things_stack(document, uplink)
            return _fragment(ids.get("dev_eui"), uplink.get("frm_payload", ""), envelope, is_encrypted)
        detail = f"neither ChirpStack nor The Things Stack sends such an uplink; keys: {shown(list(document))}"
        return Rejected(Reason.MALFORMED, detail)


def _fragment(device: object, text: object, envelope: Envelope, is_encrypted: bool) -> list[Fragment] | Rejected:
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
    return [Fragment(envelope, envelope, data, device.lower())]


def _malformed(detail: str, device: object) -> Rejected:
    return Rejected(Reason.MALFORMED, detail, device=device.lower() if isinstance(device, str) else None)


def _chirpstack(document: dict[str, Json]) -> Envelope:
    return {
        "time": document.get("time"),
        "port": document.get("fPort"),
        "frame_counter": document.get("fCnt", 0),
        "object": document.get("object"),
        **_reception(document.get("rxInfo")),
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
    return {key: best[key] for key in ("rssi", "snr") if key in best}
