"""How to reach the broker, and the client for one connection to it."""

from __future__ import annotations

import ssl
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from gateway.mqtt.client import Client
from gateway.settings import Settings

_CONNECT_WITHIN_S = 5.0
_MOST_UNDER_WAY = 100
"""Publications that may wait for the broker's acknowledgement."""
_SESSION_S = 7 * 24 * 3600
"""How long an MQTT 5 broker keeps the session of a gateway that is away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """How to reach the broker, and as whom."""

    host: str
    port: int
    client_id: str
    version: str = "3.1.1"
    username: str | None = None
    password: str | None = None
    tls: bool = False
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    keepalive_s: int = 30

    @classmethod
    def of(cls, settings: Settings, site: str) -> Self:
        """The broker that the settings name, for the gateway of the site with this id."""
        password = settings.mqtt_password
        return cls(
            host=settings.mqtt_host,
            port=settings.mqtt_port,
            client_id=settings.mqtt_client_id or f"facility-gateway-{site}",
            version=settings.mqtt_version,
            username=settings.mqtt_username,
            password=password.get_secret_value() if password else None,
            tls=settings.mqtt_tls,
            ca_file=settings.mqtt_ca_file,
            cert_file=settings.mqtt_cert_file,
            key_file=settings.mqtt_key_file,
            keepalive_s=settings.mqtt_keepalive_s,
        )


@dataclass(frozen=True, slots=True)
class Status:
    """The retained topic that says whether the gateway is online; `offline` is also its last will."""

    topic: str
    online: bytes = b'{"state":"online"}'
    offline: bytes = b'{"state":"offline"}'


def make_client(broker: Broker, status: Status) -> Client:
    """A client for one connection, with a persistent session, acknowledgements by hand and the last will set."""
    five = broker.version == "5"
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=broker.client_id,
        clean_session=None if five else False,
        protocol=paho.MQTTv5 if five else paho.MQTTv311,
        reconnect_on_failure=False,
        manual_ack=True,
    )
    client.connect_timeout = _CONNECT_WITHIN_S
    client.max_inflight_messages_set(_MOST_UNDER_WAY)
    client.will_set(status.topic, status.offline, qos=1, retain=True)
    if broker.username is not None:
        client.username_pw_set(broker.username, broker.password)
    if broker.tls:
        context = ssl.create_default_context(cafile=str(broker.ca_file) if broker.ca_file else None)
        if broker.cert_file and broker.key_file:
            context.load_cert_chain(broker.cert_file, broker.key_file)
        client.tls_set_context(context)
    return client


def open_connection(client: Client, broker: Broker, opened: Future[None]) -> None:
    """Connect, for a thread: `opened` is done with the attempt, also where nobody waits for the thread any more."""
    properties = None
    if broker.version == "5":
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = _SESSION_S
    try:
        client.connect(
            broker.host,
            broker.port,
            broker.keepalive_s,
            clean_start=False if properties else paho.MQTT_CLEAN_START_FIRST_ONLY,
            properties=properties,
        )
    finally:
        opened.set_result(None)
