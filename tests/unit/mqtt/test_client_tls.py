"""The client over TLS, where the socket has decrypted what epoll does not see."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

import pytest

from gateway.mqtt import client as client_module
from tests.servers import wait_until
from tests.unit.mqtt.both_ends import BothEnds, Ours, Plain, every_version
from tests.unit.mqtt.packets import connack, publish, stream


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of the loopback, and its key in the same file."""
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(file), "-out", str(file)),
        ],
        check=True,
        capture_output=True,
    )
    return file


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    """The broker's end."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def read_messages(ends: BothEnds, count: int) -> None:
    """Read until so many are there. Only what its socket and the client itself say makes it read on."""

    def are_there() -> bool:
        ends.read()
        return len(ends.messages) >= count

    wait_until(are_there, what=f"message {count}")


@every_version
@pytest.mark.parametrize("at_once", [1 << 16, 1000, 10])
def test_what_the_socket_has_decrypted_is_read_to_its_end(
    version: str, at_once: int, certificate: Path, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "_READ_BYTES", at_once)
    with Ours(version, tls=tls, ca_file=certificate) as ours, Plain(version) as plain:
        plain.accept()
        ours.next_packet()
        ours.broker.sendall(connack(five=ours.five))
        ours.broker.sendall(stream(ours.five))
        plain.feed(stream(ours.five))
        read_messages(ours, 8)
        assert ours.told == plain.told
        assert ours.client.has_unread() is False
        ours.broker.sendall(stream(ours.five) * 60)  # three records or more
        plain.feed(stream(ours.five) * 60)
        read_messages(ours, 8 * 61)
        assert ours.told == plain.told


def test_what_the_socket_has_decrypted_counts_as_unread(
    certificate: Path, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Ours(tls=tls, ca_file=certificate) as ours:
        ours.next_packet()
        ours.broker.sendall(connack() + publish("first"))
        read_messages(ours, 1)
        message = publish("site", b"x" * 92)
        assert len(message) == 100
        monkeypatch.setattr(client_module, "_READ_BYTES", 1000)
        ours.broker.sendall(message * 25)
        wait_until(ours.client.read, what="the first read")
        assert len(ours.messages) == 11
        assert ours.client.has_unread()
        assert ours.client.read()
        assert not ours.client.read()
        assert len(ours.messages) == 26
        assert not ours.client.has_unread()


def test_a_tls_connection_that_breaks_is_told_once_after_the_messages_before(
    certificate: Path, tls: ssl.SSLContext
) -> None:
    with Ours(tls=tls, ca_file=certificate) as ours:
        ours.next_packet()
        ours.broker.sendall(connack() + publish() * 500 + b"\x30")
        ours.broker.close()
        ours.read_to_the_end()
        assert [what for what, *_ in ours.told] == ["connect", *["message"] * 500, "disconnect"]
