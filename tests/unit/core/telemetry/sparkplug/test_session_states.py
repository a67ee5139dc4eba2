"""An edge node that is born, talks, loses messages and dies, against what a simple model says of it."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from gateway.core.kernel.times import SECOND, Micros
from gateway.core.telemetry.sparkplug.datatypes import Datatype, payload_metric
from gateway.core.telemetry.sparkplug.nodes import REBIRTH_PAUSE
from gateway.core.telemetry.sparkplug.payload import Payload, PayloadMetric, encode
from gateway.core.telemetry.sparkplug.session import Interpretation, Sessions
from gateway.core.telemetry.sparkplug.wire import MetricField

EDGE = "plant/edge"
DEVICES = ("pump", "fan", "lamp")
KNOWN = frozenset({EDGE, f"{EDGE}/pump", f"{EDGE}/fan"})
NAMES = ("Pressure", "Level", "Speed")

DEVICE = st.sampled_from(DEVICES)
ALIASES = st.permutations(range(len(NAMES)))
"""Which alias each name has: a node deals them out anew with each birth."""


class Conversation(RuleBasedStateMachine):
    """The node and its network on one side, the sessions on the other."""

    @initialize()
    def begin(self) -> None:
        self.sessions = Sessions(KNOWN)
        self.now: Micros = 1_767_225_600 * SECOND
        self.seq = 0
        self.bdseq = 0
        self.sent: list[tuple[str, bytes]] = []
        """What the broker has delivered since the node's birth, or since the last loss, and may deliver again."""
        self.is_born = False
        self.due = 0
        """The number after the last one that has come."""
        self.declared: dict[str, dict[int, str]] = {}
        """What the births that came say, by address and alias."""
        self.online: dict[str, bool] = {}
        self.shown: dict[str, bool] = {}
        self.asked: Micros | None = None

    def message(
        self, kind: str, device: str | None, metrics: list[PayloadMetric], *, arrives: bool
    ) -> Interpretation | None:
        if kind == "NBIRTH":
            self.seq = 0
        number = None if kind == "NDEATH" else self.seq
        if number is not None:
            self.seq = (self.seq + 1) % 256
        topic = f"spBv1.0/plant/{kind}/edge" + (f"/{device}" if device else "")
        payload = encode(Payload(self.now // 1000, tuple(metrics), number))
        if not arrives:
            self.sent = []
            return None
        was_due = self.asked is None or self.now - self.asked >= REBIRTH_PAUSE
        missed = not self.is_born or number != self.due
        found = self.interpret(topic, payload)
        if kind == "NBIRTH":
            self.sent, self.is_born = [], True
        elif kind != "NDEATH":
            self.check_request(found, missed=missed, was_due=was_due)
        if number is not None:
            self.due = self.seq
        self.sent.append((topic, payload))
        return found

    def interpret(self, topic: str, payload: bytes, *, redelivered: bool = False) -> Interpretation:
        found = self.sessions.interpret(topic, payload, self.now, redelivered=redelivered)
        assert found is not None
        for update in found.updates:
            if update.online is not None:
                self.shown[update.address] = update.online
        if found.commands:
            self.asked = self.now
        return found

    def check_request(self, found: Interpretation, *, missed: bool, was_due: bool) -> None:
        assert ("due" in (found.problem or "") or "no birth of its node" in (found.problem or "")) == missed
        if missed and was_due:
            assert found.commands
        if not missed and "no birth has declared" not in (found.problem or ""):
            assert not found.commands or "no birth of its device" in (found.problem or "")

    def birth_metrics(self, address: str, aliases: list[int], *, arrives: bool) -> list[PayloadMetric]:
        if arrives:
            self.declared[address] = dict(zip(aliases, NAMES, strict=True))
            self.online[address] = True
        return [
            payload_metric(name, float(n), Datatype.DOUBLE, alias=n) for n, name in zip(aliases, NAMES, strict=True)
        ]

    @rule(aliases=ALIASES, reconnects=st.booleans(), arrives=st.booleans())
    def node_is_born(self, aliases: list[int], reconnects: bool, arrives: bool) -> None:
        self.bdseq += reconnects
        if arrives:
            self.declared.clear()
            self.born_as = self.bdseq
        metrics = self.birth_metrics(EDGE, aliases, arrives=arrives)
        found = self.message(
            "NBIRTH", None, [payload_metric("bdSeq", self.bdseq, Datatype.INT64), *metrics], arrives=arrives
        )
        if found is not None:
            assert (found.problem, found.commands) == (None, [])

    @rule(device=DEVICE, aliases=ALIASES, arrives=st.booleans())
    def device_is_born(self, device: str, aliases: list[int], arrives: bool) -> None:
        metrics = self.birth_metrics(f"{EDGE}/{device}", aliases, arrives=arrives)
        found = self.message("DBIRTH", device, metrics, arrives=arrives)
        if found is not None:
            assert found.updates[-1].values == {name: float(n) for n, name in zip(aliases, NAMES, strict=True)}

    @rule(device=st.none() | DEVICE, alias=st.integers(0, len(NAMES)), value=st.floats(0, 1), arrives=st.booleans())
    def data_by_alias(self, device: str | None, alias: int, value: float, arrives: bool) -> None:
        metrics = [PayloadMetric(alias=alias, field=MetricField.DOUBLE_VALUE, raw=value)]
        found = self.message("DDATA" if device else "NDATA", device, metrics, arrives=arrives)
        if found is None:
            return
        name = self.declared.get(f"{EDGE}/{device}" if device else EDGE, {}).get(alias)
        assert [update.values for update in found.updates] == ([] if name is None else [{name: value}])
        assert found.names == ([f"alias {alias}"] if name is None else [])

    @rule(device=st.none() | DEVICE, name=st.sampled_from(NAMES), value=st.floats(0, 1), arrives=st.booleans())
    def data_by_name(self, device: str | None, name: str, value: float, arrives: bool) -> None:
        metrics = [PayloadMetric(name, field=MetricField.DOUBLE_VALUE, raw=value)]
        found = self.message("DDATA" if device else "NDATA", device, metrics, arrives=arrives)
        if found is not None:
            assert [update.values for update in found.updates] == [{name: value}]

    @rule(count=st.integers(1, 300))
    def heartbeats(self, count: int) -> None:
        for _ in range(count):
            self.message("NDATA", None, [], arrives=True)

    @rule(device=DEVICE, arrives=st.booleans())
    def device_dies(self, device: str, arrives: bool) -> None:
        if arrives:
            self.declared.pop(f"{EDGE}/{device}", None)
            self.online[f"{EDGE}/{device}"] = False
        self.message("DDEATH", device, [], arrives=arrives)

    @rule(stale=st.booleans())
    def node_dies(self, stale: bool) -> None:
        number = self.bdseq - stale
        if not self.is_born or number == self.born_as:
            for address in KNOWN | self.declared.keys():
                self.online[address] = False
            self.declared.clear()
            self.is_born = False
        self.message("NDEATH", None, [payload_metric("bdSeq", number, Datatype.INT64)], arrives=True)

    @rule(data=st.data())
    def broker_delivers_again(self, data: st.DataObject) -> None:
        """All that was not acknowledged, in its order: the latest part of what was sent."""
        again = self.sent[data.draw(st.integers(0, len(self.sent))) :]
        if any("BIRTH" in topic or "DEATH" in topic for topic, _ in again):
            return
        for topic, payload in again:
            assert "due" not in (self.interpret(topic, payload, redelivered=True).problem or "")

    @rule(seconds=st.integers(1, 40))
    def time_passes(self, seconds: int) -> None:
        self.now += seconds * SECOND

    @rule(crash=st.booleans())
    def gateway_loses_what_it_knew(self, crash: bool) -> None:
        if crash:
            self.sessions, self.asked = Sessions(KNOWN), None
        else:
            self.sessions.reconnected()
        self.declared.clear()
        self.is_born = False

    @invariant()
    def all_agree_on_who_is_there(self) -> None:
        assert self.shown == self.online


TestConversation = Conversation.TestCase
TestConversation.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
