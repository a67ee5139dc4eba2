"""In which stretches the conditions of members have held, in the store, and the members of alarms."""

from __future__ import annotations

import msgspec

from gateway import parts
from gateway.core.kernel.changes import Changes
from gateway.core.rules.groups.part import Groups
from gateway.core.rules.groups.stretch import Stretch
from gateway.store.alarms.queries import find_alarm
from gateway.store.alarms.tables import load as load_alarms
from gateway.store.database import Database
from gateway.store.rules.groups import load
from gateway.store.work.queries import find_ticket
from gateway.store.writer import Writer
from tests.unit.core.rules.groups.zones import Zones, group_rule
from tests.unit.core.sites import TICKET, at
from tests.unit.store.committing import commit

FIRST = Stretch(at(1), at(5), at(6), is_stamped=True)
SECOND = Stretch(at(6), None, at(6), is_stamped=False)
D1, D2 = ("fire", "devices", "d1"), ("fire", "devices", "d2")


def test_the_latest_stretch_of_each_member_is_kept(database: Database) -> None:
    later = msgspec.structs.replace(FIRST, ended=at(9))
    steps = [{D1: FIRST, D2: None}, {D1: later, D2: SECOND}]
    Writer(database, parts.tables()).commit([Changes({Groups.name: step}) for step in steps])
    assert load(database) == {D1: later, D2: SECOND}
    Writer(database, parts.tables()).commit([Changes({Groups.name: {D1: None}})])
    assert load(database) == {D2: SECOND}


def test_an_alarm_of_a_group_is_stored_with_its_members_and_what_people_know_of_them(database: Database) -> None:
    gate = Zones(group_rule(ticket=TICKET))
    seen = [gate.say(1, "d1", smoke=True), gate.say(2, "d2", smoke=True), gate.say(3, "d3", smoke=True)]
    commit(database, *seen)
    stored = find_alarm(database, 1)
    assert stored == seen[-1].alarms[-1]
    assert stored is not None
    assert stored.members == ("d1", "d2", "d3")
    assert stored.told is not None
    assert stored.told.members == {"d1", "d2", "d3"}
    assert load_alarms(database) == [stored]


def test_a_ticket_of_a_group_is_stored_with_the_place_where_all_its_members_are(database: Database) -> None:
    gate = Zones(group_rule(ticket=TICKET))
    commit(database, gate.say(1, "d1", smoke=True), gate.say(2, "d2", smoke=True))
    ticket = find_ticket(database, 1)
    assert ticket is not None
    assert ticket.location == "hall"
    commit(database, gate.say(3, "d3", smoke=True))
    ticket = find_ticket(database, 1)
    assert ticket is not None
    assert ticket.location is None
