"""Checklists that are answered with work."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pytest

from gateway.core.checklists.actions import AnswerItem, CompleteChecklist
from gateway.core.checklists.definition import ChecklistSpec
from gateway.core.checklists.run import RunRecord
from gateway.core.kernel.errors import TicketRefused, UnknownChecklist
from gateway.core.kernel.events import Action
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.urgency import Priority
from gateway.core.rules.rule import RuleSpec
from gateway.core.telemetry.readings import Message
from gateway.core.work.actions import (
    AcceptTicket,
    AddChecklist,
    CancelTicket,
    CloseTicket,
    MergeTicket,
    OpenTicket,
    ResolveTicket,
)
from gateway.core.work.lifecycle import TicketState
from gateway.core.work.tickets import Ticket, TicketSource
from tests.unit.core.sites import TICKET, Bench, Seen, checkpoint_after, rule_spec, site

LI = "Li Wei"
PHOTO = "ab" * 32
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
OPENED = OpenTicket(
    by=LI, subject=Subject.of_device("p1"), category="pump", priority=Priority.P3, team="engineering", title="Noise"
)


class Work(Bench):
    """A ticket of an alarm, with its checklists, and what was stored of them: what a restart gives back."""

    def __init__(
        self, *rules: RuleSpec, before: Work | None = None, checklists: Sequence[Mapping[str, object]] = ()
    ) -> None:
        """Begin anew, or go on where the work `before` has ended: with these checklists in the files."""
        specs = [ChecklistSpec.model_validate(each) for each in checklists or CHECKLISTS]
        files = replace(site(*rules), checklists={spec.id: spec for spec in specs})
        self.seen: list[Seen] = [*before.seen] if before else []
        super().__init__(configuration=files, checkpoint=checkpoint_after(*self.seen) if before else None)
        self.seen += [self.beginning, self.hearing]

    def act(self, action: Action, at_s: float) -> Seen:
        """A person does something, and it is stored."""
        self.seen.append(super().act(action, at_s))
        return self.seen[-1]

    def step(self, messages: Sequence[Message]) -> Seen:
        """A batch of messages, and what they change is stored."""
        self.seen.append(super().step(messages))
        return self.seen[-1]

    def tick(self, at_s: float) -> Seen:
        """Time passes."""
        self.seen.append(super().tick(at_s))
        return self.seen[-1]

    def answer(self, at_s: float, item: str, value: str, *, run: int = 1, note: str | None = None) -> None:
        """Somebody answers an item, with a photo where there is a note."""
        photo = None if note is None else PHOTO
        self.act(AnswerItem(run=run, item=item, value=value, by=LI, note=note, photo=photo), at_s)

    def complete(self, at_s: float, run: int = 1, **answers: str) -> Seen:
        """Somebody answers these items and completes the checklist."""
        for item, value in answers.items():
            self.answer(at_s, item, value, run=run)
        return self.act(CompleteChecklist(run=run, by=LI), at_s)

    def tickets(self) -> dict[int, Ticket]:
        """All of them as they are now."""
        return {ticket.number: ticket for seen in self.seen for ticket in seen.tickets}

    def correctives(self) -> list[tuple[int, str, int | None]]:
        """Number, title and parent of the tickets that failed items have opened."""
        return [
            (ticket.number, ticket.title, ticket.parent)
            for ticket in self.tickets().values()
            if ticket.source is TicketSource.CHECKLIST
        ]

    def runs(self) -> list[tuple[int, str, str, str]]:
        """Number, definition, subject and state of each checklist in use."""
        found = {each.number: each for seen in self.seen for each in seen.checklists if isinstance(each, RunRecord)}
        return [
            (
                run.number,
                run.checklist,
                str(run.about),
                "open" if run.is_open else "complete" if run.completed_at is not None else "withdrawn",
            )
            for run in found.values()
        ]


def work(*rules: RuleSpec, **ticket: str) -> Work:
    """Ticket 1 is accepted, and its alarm has returned."""
    made = Work(*(rules or (rule_spec(ticket=TICKET | ticket),)))
    made.pump(0, pressure=0.01)
    made.act(AcceptTicket(ticket=1, by=LI), 1)
    made.pump(2, pressure=0.5)
    return made


def test_a_rule_attaches_its_checklist_to_the_ticket_and_work_is_done_when_that_is_complete() -> None:
    made = work(checklist="dry")
    with pytest.raises(TicketRefused, match="its checklist 'After a dry run' is not complete"):
        made.act(ResolveTicket(ticket=1, by=LI, note="Valve opened"), 3)
    (ticket,) = made.complete(3, seal="pass", noise="pass").tickets
    assert (ticket.number, ticket.state) == (1, TicketState.ACCEPTED)
    assert made.act(ResolveTicket(ticket=1, by=LI, note="Valve opened"), 11).tickets[-1].state is TicketState.RESOLVED


def test_what_is_not_good_opens_a_corrective_ticket_that_names_the_first() -> None:
    made = work(checklist="dry")
    seen = made.complete(3, seal="fail", noise="fail")
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
    assert made.runs()[1] == (2, "after", "ticket:2", "open")


def test_a_person_adds_a_checklist_to_work_that_is_not_done() -> None:
    made = work()
    with pytest.raises(UnknownChecklist, match="no checklist 'wet'"):
        made.act(AddChecklist(ticket=1, by=LI, checklist="wet"), 3)
    assert made.act(AddChecklist(ticket=1, by=LI, checklist="dry"), 4).checklists
    made.act(ResolveTicket(ticket=1, by=LI, note="Valve opened", despite="Next week"), 5)
    with pytest.raises(TicketRefused, match="nobody would answer a checklist"):
        made.act(AddChecklist(ticket=1, by=LI, checklist="after"), 6)


def test_the_checklists_of_a_ticket_that_is_cancelled_are_withdrawn() -> None:
    made = work(checklist="dry")
    seen = made.act(CancelTicket(ticket=1, by=LI, note="A test"), 3)
    assert [event.data["step"] for event in seen.events] == ["cancel", "withdraw"]


def test_a_failed_item_opens_its_ticket_also_where_the_files_have_its_checklist_no_more() -> None:
    before = work(checklist="dry")
    before.answer(3, "seal", "fail")
    made = Work(rule_spec(ticket=TICKET), before=before, checklists=CHECKLISTS[:1])
    seen = made.complete(10, noise="pass")
    assert made.correctives() == [(2, "After a dry run: The seal is dry", 1)]
    assert [event.data["note"] for event in seen.events if event.data["step"] == "comment"] == [
        "it names the checklist 'after', which the site's files have no more: none is attached"
    ]
    made.tick(20)


@pytest.mark.parametrize("restarts", [False, True])
def test_an_item_that_fails_again_while_its_ticket_is_open_is_entered_there(restarts: bool) -> None:
    made = work(checklist="dry")
    made.complete(3, seal="fail", noise="pass")
    made.act(AddChecklist(ticket=1, by=LI, checklist="dry"), 4)
    if restarts:
        made = Work(rule_spec(ticket=TICKET), before=made)
    made.answer(5, "seal", "fail", run=3, note="Three drops a minute")
    seen = made.complete(6, run=3, noise="pass")
    assert made.correctives() == [(2, "After a dry run: The seal is dry", 1)]
    assert [(event.data["step"], event.data.get("note"), event.data.get("photo")) for event in seen.events[-2:]] == [
        ("comment", "not good again, After a dry run: fail: Three drops a minute", None),
        ("photo", None, PHOTO),
    ]
    made.act(CancelTicket(ticket=2, by=LI, note="A test"), 7)
    made.act(AddChecklist(ticket=1, by=LI, checklist="dry"), 8)
    made.complete(9, run=4, seal="fail", noise="pass")
    assert [number for number, *_ in made.correctives()] == [2, 3]


def test_what_failed_in_a_checklist_that_nobody_completes_opens_its_ticket_all_the_same() -> None:
    made = work(checklist="dry")
    made.answer(3, "seal", "fail")
    made.act(ResolveTicket(ticket=1, by=LI, note="Valve opened", despite="The rest next week"), 4)
    assert made.correctives() == []
    made = Work(rule_spec(ticket=TICKET), before=made)
    made.act(CloseTicket(ticket=1, by=LI, despite="The rest next week"), 5)
    assert made.runs()[0] == (1, "dry", "ticket:1", "withdrawn")
    assert made.correctives() == [(2, "After a dry run: The seal is dry", 1)]


def test_the_open_checklists_of_a_merged_ticket_go_on_under_the_other_one() -> None:
    made = work(checklist="dry")
    made.answer(3, "seal", "fail")
    made.act(OPENED, 4)
    made.act(MergeTicket(ticket=1, into=2, by=LI), 5)
    assert (made.runs(), made.correctives()) == ([(1, "dry", "ticket:2", "open")], [])
    made = Work(rule_spec(ticket=TICKET), before=made)
    made.act(AcceptTicket(ticket=2, by=LI), 6)
    with pytest.raises(TicketRefused, match="its checklist 'After a dry run' is not complete"):
        made.act(ResolveTicket(ticket=2, by=LI, note="Done"), 7)
    made.complete(8, noise="pass")
    assert made.correctives() == [(3, "After a dry run: The seal is dry", 2)]


def test_of_two_merged_tickets_with_the_same_checklist_one_goes_on_and_nothing_that_failed_is_lost() -> None:
    made = work(checklist="dry")
    made.answer(3, "seal", "fail")
    made.act(OPENED, 4)
    made.act(AddChecklist(ticket=2, by=LI, checklist="dry"), 4)
    made.act(MergeTicket(ticket=1, into=2, by=LI), 5)
    assert made.runs()[:2] == [(1, "dry", "ticket:1", "withdrawn"), (2, "dry", "ticket:2", "open")]
    assert made.correctives() == [(3, "After a dry run: The seal is dry", 2)]
    made.complete(6, run=2, seal="fail", noise="pass")
    assert [number for number, *_ in made.correctives()] == [3]


def test_work_that_an_alarm_reopens_is_done_when_its_checklist_is_complete_once_more() -> None:
    made = work(checklist="dry")
    made.complete(3, seal="pass", noise="pass")
    made.act(ResolveTicket(ticket=1, by=LI, note="Valve opened"), 4)
    made.pump(10, pressure=0.01)
    assert made.tickets()[1].reopened_count == 1
    assert made.runs() == [(1, "dry", "ticket:1", "complete"), (2, "dry", "ticket:1", "open")]


def test_an_alarm_that_joins_work_brings_its_checklist() -> None:
    other = rule_spec(id="fast", when="pressure > 0.9", ticket=TICKET | {"checklist": "dry"})
    made = work(rule_spec(ticket=TICKET), other)
    assert made.runs() == []
    made.pump(5, pressure=0.95)
    assert (len(made.tickets()), made.runs()) == (1, [(1, "dry", "ticket:1", "open")])


HISTORY: tuple[Callable[[Work], object], ...] = (
    lambda made: made.answer(3, "seal", "fail"),
    lambda made: made.answer(3, "seal", "fail"),
    lambda made: made.act(OPENED, 4),
    lambda made: made.act(MergeTicket(ticket=1, into=2, by=LI), 5),
    lambda made: made.complete(6, noise="pass"),
    lambda made: made.act(AcceptTicket(ticket=2, by=LI), 7),
    lambda made: made.act(ResolveTicket(ticket=2, by=LI, note="Valve opened"), 8),
    lambda made: made.pump(9, pressure=0.01),
    lambda made: made.answer(10, "seal", "fail", run=3),
    lambda made: made.act(CancelTicket(ticket=2, by=LI, note="Another ticket has it"), 11),
)
"""An item fails, its ticket is merged, resolved and reopened by its alarm, and fails again before it is cancelled."""


@pytest.mark.parametrize("restart_before", range(len(HISTORY) + 1))
def test_a_restart_at_any_point_changes_nothing_of_what_becomes_of_checklists(restart_before: int) -> None:
    made = work(checklist="dry")
    for number, step in enumerate(HISTORY):
        if number == restart_before:
            made = Work(rule_spec(ticket=TICKET | {"checklist": "dry"}), before=made)
        step(made)
    assert made.correctives() == [(3, "After a dry run: The seal is dry", 2)]
    assert made.runs() == [
        (1, "dry", "ticket:2", "complete"),
        (2, "after", "ticket:3", "open"),
        (3, "dry", "ticket:2", "withdrawn"),
    ]
    entries = [event.data["note"] for seen in made.seen for event in seen.events if event.data.get("step") == "comment"]
    assert entries == ["not good again, After a dry run: fail"]
