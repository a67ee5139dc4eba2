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


def _is_worth_a_line(record: logging.LogRecord) -> bool:
    """Whether it is more than a message that did not reach a subscriber which has left, as at the end of the demo."""
    error = record.exc_info[1] if record.exc_info else None
    is_gone = isinstance(error, ConnectionError) or "handler is closed" in str(error)
    return not (is_gone and record.getMessage().startswith("Task failed and will be skipped"))


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
    logging.getLogger("amqtt.broker").addFilter(_is_worth_a_line)
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
