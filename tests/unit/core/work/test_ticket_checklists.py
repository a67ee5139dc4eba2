"""Checklists that are answered with work."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.core.checklists.actions import AnswerItem, CompleteChecklist
from gateway.core.checklists.definition import ChecklistSpec
from gateway.core.checklists.part import Checklists
from gateway.core.kernel.errors import TicketRefused, UnknownChecklist
from gateway.core.work.actions import AcceptTicket, AddChecklist, CancelTicket, ResolveTicket
from gateway.core.work.lifecycle import TicketState
from gateway.core.work.tickets import TicketSource
from tests.unit.core.sites import TICKET, Bench, Seen, rule_spec, site

LI = "Li Wei"
LEAK = {"category": "seal", "priority": "P3", "team": "engineering", "checklist": "after"}
CHECKLISTS = [
    {
        "id": "dry",
        "title": {"en": "After a dry run"},
        "items": [
            {"id": "seal", "text": {"en": "The seal is dry"}, "kind": "pass_fail", "corrective": LEAK},
            {"id": "noise", "text": {"en": "It runs quietly"}, "kind": "pass_fail"},
        ],
    },
    {"id": "after", "title": {"en": "Seal"}, "items": [{"id": "a", "text": {"en": "Changed"}, "kind": "pass_fail"}]},
]


def bench(**ticket: str) -> Bench:
    files = site(rule_spec(ticket=TICKET | ticket))
    specs = [ChecklistSpec.model_validate(each) for each in CHECKLISTS]
    made = Bench(configuration=replace(files, checklists={spec.id: spec for spec in specs}))
    made.pump(0, pressure=0.01)
    made.act(AcceptTicket(ticket=1, by=LI), 1)
    made.pump(2, pressure=0.5)
    return made


def answered(made: Bench, **answers: str) -> Seen:
    for second, (item, value) in enumerate(answers.items(), 3):
        made.act(AnswerItem(run=1, item=item, value=value, by=LI, expects=0), second)
    return made.act(CompleteChecklist(run=1, by=LI), 10)


def test_a_rule_attaches_its_checklist_to_the_ticket_and_work_is_done_when_that_is_complete() -> None:
    made = bench(checklist="dry")
    with pytest.raises(TicketRefused, match="its checklist 'After a dry run' is not complete"):
        made.act(ResolveTicket(ticket=1, by=LI, note="Valve opened"), 3)
    (ticket,) = answered(made, seal="pass", noise="pass").tickets
    assert (ticket.number, ticket.state) == (1, TicketState.ACCEPTED)
    assert made.act(ResolveTicket(ticket=1, by=LI, note="Valve opened"), 11).tickets[-1].state is TicketState.RESOLVED


def test_what_is_not_good_opens_a_corrective_ticket_that_names_the_first() -> None:
    made = bench(checklist="dry")
    seen = answered(made, seal="fail", noise="fail")
    of_checklist, corrective = seen.tickets
    assert of_checklist.number == 1
    assert (corrective.number, corrective.source, corrective.parent) == (2, TicketSource.CHECKLIST, 1)
    assert (corrective.title, corrective.category, corrective.priority) == (
        "After a dry run: The seal is dry",
        "seal",
        "P3",
    )
    (entered,) = [event for event in seen.events if event.data["step"] == "checklist"]
    assert entered.data["failed"] == ["seal", "noise"]
    (attached,) = [each for each in seen.changes.parts[Checklists.name] if getattr(each, "checklist", "") == "after"]
    assert str(attached.about) == "ticket:2"


def test_a_person_adds_a_checklist_to_work_that_is_not_done() -> None:
    made = bench()
    with pytest.raises(UnknownChecklist, match="no checklist 'wet'"):
        made.act(AddChecklist(ticket=1, by=LI, checklist="wet"), 3)
    assert made.act(AddChecklist(ticket=1, by=LI, checklist="dry"), 4).changes.parts[Checklists.name]
    made.act(ResolveTicket(ticket=1, by=LI, note="Valve opened", despite="Next week"), 5)
    with pytest.raises(TicketRefused, match="nobody would answer a checklist"):
        made.act(AddChecklist(ticket=1, by=LI, checklist="after"), 6)


def test_the_checklists_of_a_ticket_that_is_cancelled_are_withdrawn() -> None:
    made = bench(checklist="dry")
    seen = made.act(CancelTicket(ticket=1, by=LI, note="A test"), 3)
    assert [event.data["step"] for event in seen.events] == ["cancel", "withdraw"]
