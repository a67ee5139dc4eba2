"""Where the broker is and how to log in: `mqtt://user:password@host:1883`, or `mqtts://` for TLS."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self
from urllib.parse import unquote, urlsplit

from simulators.errors import BrokerError

_PORTS: Final = {"mqtt": 1883, "mqtts": 8883}


@dataclass(frozen=True, slots=True)
class Broker:
    """An MQTT broker and the account to use there."""

    host: str = "127.0.0.1"
    port: int = 1883
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    ca_file: Path | None = None
    """Certificates to trust instead of the system's; for TLS only."""

    @classmethod
    def from_url(cls, url: str, *, password: str | None = None) -> Self:
        """The broker at `url`. `password` is used where the URL has a user but no password."""
        parts = urlsplit(url)
        example = "write it like mqtt://127.0.0.1:1883 or mqtts://user@broker.example"
        if parts.scheme not in _PORTS or not parts.hostname or parts.path.strip("/") or parts.query:
            raise BrokerError(f"{parts.scheme}://{parts.hostname or ''} is no address of a broker: {example}")
        try:
            port = parts.port
        except ValueError as exc:
            raise BrokerError(f"the port of {parts.scheme}://{parts.hostname} is not one: {example}") from exc
        return cls(
            host=parts.hostname,
            port=port or _PORTS[parts.scheme],
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else password if parts.username else None,
            tls=parts.scheme == "mqtts",
        )

    def tls_context(self) -> ssl.SSLContext | None:
        """The context of a TLS connection, or None for a plain one. Reads the certificates from disk."""
        if not self.tls:
            return None
        try:
            return ssl.create_default_context(cafile=self.ca_file)
        except OSError as exc:
            raise BrokerError(f"{self.ca_file}: no certificates can be read from it: {exc}") from exc

    def __str__(self) -> str:
        return f"{'mqtts' if self.tls else 'mqtt'}://{self.host}:{self.port}"
