"""The embedded MQTT broker, for the demo and for tests. A site runs Mosquitto: `deploy/mosquitto`."""

from __future__ import annotations

import asyncio
import logging
import socket
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.errors import BrokerError


def free_port(host: str = "127.0.0.1") -> int:
    """A TCP port that no server listens on at present."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


@asynccontextmanager
async def embedded_broker(host: str, port: int) -> AsyncIterator[None]:
    """An amqtt broker on this address, without accounts.

    Raises:
        BrokerError: the address is taken.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # amqtt's imports, not ours
        from amqtt.broker import Broker
        from amqtt.errors import BrokerError as AmqttError

    logging.getLogger("amqtt").setLevel(logging.ERROR)
    logging.getLogger("transitions").setLevel(logging.ERROR)
    broker = Broker(
        {
            "listeners": {"default": {"type": "tcp", "bind": f"{host}:{port}"}},
            "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
        }
    )
    try:
        await broker.start()
    except (AmqttError, OSError) as error:
        raise BrokerError(f"cannot open an MQTT broker on {host}:{port}: {error}") from error
    try:
        yield
    finally:
        await asyncio.shield(broker.shutdown())
