"""Products that follow people: Frigate's events, OwnTracks on a phone, the readers of esp-rfid and of Homie."""

import zlib
from collections.abc import Iterable
from typing import Any, Final

from simulators.catalogue import DeviceClass
from simulators.dialects.dialect import LEVEL, Address, Dialect, Packet, Report, to_json
from simulators.metrics import Metrics


def _tracked(report: Report, metrics: Metrics, *, ended: bool) -> dict[str, Any]:
    """An object as Frigate describes it; all that is known of its place in the picture is made up from its number."""
    started = report.since["event_id"] / 1000.0
    number = int(metrics["event_id"])
    left, top = 100 + number * 37 % 900, 80 + number * 17 % 300
    return {
        "id": f"{started:.6f}-{zlib.crc32(str(number).encode()) & 0xFFFFFF:06x}",
        "camera": report.address,
        "frame_time": report.seconds,
        "snapshot_time": report.seconds,
        "label": metrics["label"],
        "sub_label": None,
        "top_score": metrics["score"],
        "false_positive": False,
        "start_time": started,
        "end_time": report.seconds if ended else None,
        "score": metrics["score"],
        "box": [left, top, left + 112, top + 212],
        "area": 112 * 212,
        "region": [left - 60, top - 60, left + 240, top + 240],
        "stationary": metrics["stationary"],
        "motionless_count": 120 if metrics["stationary"] else 0,
        "position_changes": 1,
        "current_zones": [] if ended else [metrics["zones"]],
        "entered_zones": [metrics["zones"]],
        "has_clip": False,
        "has_snapshot": False,
    }


def write_frigate(report: Report) -> Iterable[Packet]:
    """`new`, `update` and `end` of each tracked object; the camera's own state in its statistics."""
    metrics = report.metrics
    if "event" not in metrics:
        camera = {"camera_fps": metrics["fps"], "process_fps": metrics["fps"], "detection_enabled": 1}
        yield Packet("frigate/stats", to_json({"cameras": {report.address: camera}}))
        return
    same = report.before.get("event_id") == metrics["event_id"]
    before = _tracked(report, report.before if same else metrics, ended=False)
    after = _tracked(report, metrics, ended=metrics["event"] == "end")
    yield Packet("frigate/events", to_json({"type": metrics["event"], "before": before, "after": after}))


FRIGATE: Final = Dialect(
    name="frigate",
    sentence="Frigate: frigate/events, new, update and end of each tracked object; address: the camera's name.",
    writers={DeviceClass.CAMERA_EVENT: write_frigate},
)


def write_owntracks(report: Report) -> Iterable[Packet]:
    """A location, and before it a transition where a region was entered or left."""
    metrics = report.metrics
    tst = report.ts // 1000
    place = {"lat": metrics["latitude"], "lon": metrics["longitude"], "acc": metrics["accuracy"], "tst": tst}
    tid = report.address[-2:]
    topic = f"owntracks/{report.address}"
    if "region_event" in metrics:
        crossing = {"event": metrics["region_event"], "desc": metrics["region"], "t": "c", "wtst": 1700000000}
        yield Packet(f"{topic}/event", to_json({"_type": "transition", "tid": tid, **place, **crossing}))
    movement = {"vel": round(3.6 * float(metrics["speed"])), "alt": 12, "vac": 5}
    phone = {"batt": round(float(metrics["battery"])), "bs": 1, "conn": "m", "m": 2, "t": "p"}
    yield Packet(topic, to_json({"_type": "location", "tid": tid, **place, **movement, **phone}))


OWNTRACKS: Final = Dialect(
    name="owntracks",
    sentence="OwnTracks on a phone: locations, and transitions of its regions; address: user/phone.",
    writers={DeviceClass.PATROL_PHONE: write_owntracks},
    address=Address(form=f"{LEVEL}/{LEVEL}", hint="write user/phone, such as guard-1/pixel"),
)


def _door_events(report: Report) -> Iterable[str]:
    """The events of esp-rfid for the contact of a door, where it has changed since the report before."""
    now, before = report.metrics, report.before
    if now.get("forced") and not before.get("forced"):
        yield "Door was tampered!"
    elif now.get("open") != before.get("open"):
        yield "Door Open" if now["open"] else "Door Closed"
    if now.get("held_open") and not before.get("held_open"):
        yield "Door wasn't closed within max open time!"


def write_esp_rfid(report: Report) -> Iterable[Packet]:
    """A record of each card, the events of the door where it has a contact, and a heartbeat where there is neither."""
    metrics = report.metrics
    time = report.ts // 1000
    topic = f"{report.address}/send"
    records = [
        {"type": "WARN", "src": "door", "desc": event, "data": "", "time": time} for event in _door_events(report)
    ]
    if "uid" in metrics:
        known = metrics.get("last_event", "granted") == "granted"
        card = {
            "type": "access",
            "time": time,
            "isknown": "true" if known else "false",
            "access": "Always" if known else "Denied",
            "username": metrics.get("user", "guard") if known else "Unknown",
            "uid": str(metrics["uid"]).lower(),
            "hostname": report.address,
            "door": "Door 1",
        }
        records.append(card)
    if not records:
        records.append({"type": "heartbeat", "time": time, "ip": "192.0.2.20", "uptime": 30 * report.number})
    for record in records:
        yield Packet(topic, to_json(record))


ESP_RFID: Final = Dialect(
    name="esp_rfid",
    sentence="esp-rfid: ADDRESS/send with a record of each card; address: its MQTT topic.",
    writers=dict.fromkeys((DeviceClass.NFC_READER, DeviceClass.ACCESS_DOOR), write_esp_rfid),
)


def write_homie(report: Report) -> Iterable[Packet]:
    """One bare value a topic; the tag of a reader is removed at once, which is sent as `(null)`."""
    root = f"homie/{report.address}"
    if report.device_class is DeviceClass.NFC_READER:
        if "uid" in report.metrics:
            yield Packet(f"{root}/rfid/uid", str(report.metrics["uid"]).lower().encode())
            yield Packet(f"{root}/rfid/uid", b"(null)")
        else:
            yield Packet(f"{root}/$stats/battery", str(round(float(report.metrics["battery"]))).encode())
        return
    for metric in ("temperature", "humidity"):
        yield Packet(f"{root}/dht/{metric}", str(report.metrics[metric]).encode())


HOMIE: Final = Dialect(
    name="homie",
    sentence="Homie: homie/ADDRESS/node/property, each with one bare value.",
    writers=dict.fromkeys((DeviceClass.NFC_READER, DeviceClass.TEMPERATURE_HUMIDITY), write_homie),
)
