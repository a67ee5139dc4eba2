"""MQTT events that are still to be published."""

from __future__ import annotations

from gateway.store.database import Database
from gateway.store.outbox import Outbox
from tests.unit.core.sites import Bench, rule_spec
from tests.unit.store.committing import commit


def test_the_outbox_gives_the_oldest_first_and_never_reuses_a_number(database: Database) -> None:
    bench, outbox = Bench(rule_spec()), Outbox(database)
    commit(database, bench.pump(0, pressure=0.01), bench.pump(1, pressure=0.5))
    first, *_, second = outbox.read(after=0, most=10)
    assert first.topic == "gateway/s1/alarms/p1/low-pressure"
    outbox.delete([*range(first.number, second.number + 1)])
    commit(database, bench.pump(2, pressure=0.01))
    third, _ = outbox.read(after=second.number, most=10)
    assert third.number > second.number
