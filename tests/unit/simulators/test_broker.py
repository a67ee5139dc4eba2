"""The address of a broker."""

import pytest

from simulators.broker import Broker
from simulators.errors import BrokerError


def test_a_url_gives_host_port_and_login() -> None:
    assert Broker.from_url("mqtt://edge:s%40fe@broker.example:1999") == Broker(
        "broker.example", 1999, username="edge", password="s@fe"
    )


def test_the_ports_are_the_usual_ones() -> None:
    assert Broker.from_url("mqtt://h").port == 1883
    assert Broker.from_url("mqtts://h") == Broker("h", 8883, tls=True)


def test_a_password_from_elsewhere_is_used_only_for_a_user_without_one() -> None:
    assert Broker.from_url("mqtt://edge@h", password="p").password == "p"
    assert Broker.from_url("mqtt://edge:q@h", password="p").password == "q"
    assert Broker.from_url("mqtt://h", password="p").password is None


@pytest.mark.parametrize("url", ["http://h", "h:1883", "mqtt://", "mqtt://h:port", "mqtt://h/path", ""])
def test_what_is_no_address_is_rejected_with_an_example(url: str) -> None:
    with pytest.raises(BrokerError, match=r"write it like mqtt://127\.0\.0\.1:1883"):
        Broker.from_url(url)


def test_a_password_is_never_shown() -> None:
    broker = Broker.from_url("mqtt://edge:secret@h")

    assert "secret" not in f"{broker} {broker!r}"
    with pytest.raises(BrokerError) as refused:
        Broker.from_url("ftp://edge:secret@h")
    assert "secret" not in str(refused.value)
