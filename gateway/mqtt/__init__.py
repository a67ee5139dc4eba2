"""The gateway's connection to its MQTT broker."""

from __future__ import annotations

from gateway.mqtt.broker import Broker, Status
from gateway.mqtt.link import Link

__all__ = ["Broker", "Link", "Status"]
