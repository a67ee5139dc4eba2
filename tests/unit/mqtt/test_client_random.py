"""Random packets, cut anywhere: the client of the gateway tells and sends what paho's own tells and sends."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from gateway.mqtt import client as client_module
from tests.unit.mqtt.both_ends import BothEnds, Ours, Plain, Told
from tests.unit.mqtt.packets import PINGRESP, puback, publish, pubrel, suback, unsuback, user_property

TORTURE = int(os.environ.get("TORTURE", "0"))
"""How many random streams are tried with each version, rather than the same few each time."""
EXACTLY_ONCE = 40_000
"""The first packet identifier of messages at QoS 2."""
MOST_PUBLICATIONS = 120
"""Of which 100 may be under way."""

SIZES = st.one_of(st.integers(0, 300), st.sampled_from([16_383, 16_384, 70_000]))
PROPERTIES = st.sampled_from(
    [
        b"",
        b"\x02\x00\x00\x00\x3c",  # it expires in a minute
        b"\x01\x01" + user_property(20),  # it is text
        user_property(127),
        user_property(128),
        user_property(300),
    ]
)


class Script:
    """What the broker sends, and in which parts."""

    def __init__(self, packets: list[bytes], cuts: list[float], *, at_once: int, publications: int) -> None:
        """
        Args:
            cuts: where the stream is cut: 0 is its beginning, 1 its end.
            at_once: how many bytes our client reads in one call. A message takes fewer than 100 calls: paho does not
                look at one that took just as many before something else comes.
            publications: how many of its own the client has sent before.
        """
        self.packets = packets
        self.cuts = cuts
        self.at_once = at_once
        self.publications = publications

    def __repr__(self) -> str:
        packets = ", ".join(f"{packet[:60].hex()} ({len(packet)} bytes)" for packet in self.packets)
        return f"[{packets}], {self.cuts=}, {self.at_once=}, {self.publications=}"

    def parts(self) -> Iterator[bytes]:
        stream = b"".join(self.packets)
        places = sorted(int(cut * len(stream)) for cut in self.cuts)
        for start, end in zip([0, *places], [*places, len(stream)], strict=True):
            yield stream[start:end]


def packets(*, five: bool) -> st.SearchStrategy[bytes]:
    """Any valid packet that a broker sends to a client that is connected."""
    common = {
        "topic": st.text(min_size=1, max_size=20),
        "payload": st.builds(lambda size, byte: bytes([byte]) * size, SIZES, st.integers(0, 255)),
        "dup": st.booleans(),
        "retain": st.booleans(),
        "properties": PROPERTIES if five else st.none(),
    }
    codes = st.lists(st.sampled_from([0, 1, 2, 0x80]), min_size=1, max_size=3)
    exactly_once = st.integers(EXACTLY_ONCE, EXACTLY_ONCE + 3)
    packet_ids = st.integers(1, 65535)
    return st.one_of(
        st.builds(publish, qos=st.just(0), **common),
        st.builds(publish, qos=st.just(1), packet_id=st.integers(1, EXACTLY_ONCE - 1), **common),
        st.builds(publish, qos=st.just(2), packet_id=exactly_once, **common),
        st.builds(pubrel, exactly_once),
        st.just(PINGRESP),
        st.builds(puback, st.integers(1, MOST_PUBLICATIONS + 5)),
        st.builds(lambda packet_id, codes: suback(packet_id, *codes, five=five), packet_ids, codes),
        st.builds(lambda packet_id: unsuback(packet_id, 0, 0x11, five=five), packet_ids),
    )


@st.composite
def scripts(draw: st.DrawFn, *, five: bool) -> Script:
    """Anything that the broker may send, in any parts."""
    return Script(
        draw(st.lists(packets(five=five), max_size=30)),
        draw(st.lists(st.floats(0, 1), max_size=10)),
        at_once=draw(st.sampled_from([1 << 16, 1000])),
        publications=draw(st.sampled_from([0, 1, 5, MOST_PUBLICATIONS])),
    )


def play(ends: BothEnds, script: Script) -> tuple[list[Told], bytes]:
    """What the client tells, and what it sends after CONNECT."""
    ends.accept()
    for number in range(script.publications):
        ends.client.publish("own", bytes([number]), qos=1)
    ends.write()
    acknowledged = 0
    for part in script.parts():
        ends.feed(part)
        ends.acknowledge(at_qos_1(ends.messages[acknowledged:]))
        acknowledged = len(ends.messages)
    return ends.told, ends.rest()


def at_qos_1(messages: Sequence[Told]) -> list[int]:
    """The packet identifiers of those of these messages that came at QoS 1."""
    packet_ids = [packet_id for _, _, packet_id, *_ in messages]
    return [packet_id for packet_id in packet_ids if isinstance(packet_id, int) and 0 < packet_id < EXACTLY_ONCE]


def compare(script: Script, version: str) -> None:
    with pytest.MonkeyPatch.context() as patch, Ours(version) as ours, Plain(version) as plain:
        patch.setattr(client_module, "_READ_BYTES", script.at_once)
        assert play(ours, script) == play(plain, script)
        assert ours.client.pongs == script.packets.count(PINGRESP)
        assert not ours.client.has_unread()


few = settings(max_examples=TORTURE or 40, derandomize=not TORTURE, phases=(Phase.reuse, Phase.generate, Phase.shrink))


@few
@given(script=scripts(five=False))
def test_whatever_comes_is_what_paho_reads(script: Script) -> None:
    compare(script, "3.1.1")


@few
@given(script=scripts(five=True))
def test_whatever_comes_is_what_paho_reads_in_mqtt_5(script: Script) -> None:
    compare(script, "5")
