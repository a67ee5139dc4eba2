"""Random answers, corrections, replays, conflicts, completions and restarts of checklists in use.

A plain model beside it keeps what should stand. What is stored, what the part holds after a restart, and what can be
made of the audit trail alone are the same at any time.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gateway.core.checklists.run import Answer, Run
from gateway.core.kernel.events import AuditRecord
from gateway.core.kernel.subjects import Subject, SubjectKind
from gateway.core.kernel.values import Value
from gateway.errors import ChecklistRefused, UnknownChecklist
from tests.unit.core.checklists.clipboard import PHOTO, Clipboard
from tests.unit.core.managed.twins import histories_of

VALUES: dict[str, tuple[Value | None, ...]] = {
    "clean": ("pass", "fail"),
    "noise": (20.0, 80.0, 80.5, None),  # None: it does not apply
    "pressure": (0.1, 0.3),
    "seal": ("dry", "wet"),
    "panel": (None,),
    "signature": ("Li Wei", "Wang Fang"),
}
NEEDED = [item for item in VALUES if item != "panel"]
FAILING = {"clean": "fail", "noise": 80.5, "pressure": 0.1, "seal": "wet"}
SUBJECTS = [Subject(SubjectKind.TICKET, str(number)) for number in (1, 2)]

Said = tuple[str, Value | None, str | None, str, int]
"""Item, value, note, person, and what is expected."""


class Expected:
    """What a checklist should be: its answers in the order in which they were given, and whether it is over."""

    def __init__(self, about: Subject) -> None:
        self.about = about
        self.given: list[tuple[str, Value | None, str | None, str]] = []
        self.state = "open"

    def of(self, item: str) -> list[tuple[Value | None, str | None, str]]:
        """The answers to an item."""
        return [(value, note, by) for each, value, note, by in self.given if each == item]

    def can_complete(self) -> bool:
        """Whether all is answered, and nothing after the signature."""
        items = [item for item, *_ in self.given]
        return all(item in items for item in NEEDED) and items[-1] == "signature"

    def failed(self) -> list[str]:
        """The items whose latest answers are not good."""
        return [item for item in VALUES if self.of(item) and self.of(item)[-1][0] == FAILING.get(item, object())]


class Checklists(RuleBasedStateMachine):
    """People, a gateway that is restarted, and the model."""

    def __init__(self) -> None:
        super().__init__()
        self.clipboard = Clipboard()
        self.expected: dict[int, Expected] = {}
        self.sent: list[tuple[int, Said]] = []
        self.now = 0
        self.failed: dict[int, list[str]] = {}

    def open(self) -> list[int]:
        return [number for number, each in self.expected.items() if each.state == "open"]

    @initialize()
    def begin(self) -> None:
        self.attach(SUBJECTS[0])

    @rule(about=st.sampled_from(SUBJECTS))
    def attach(self, about: Subject) -> None:
        self.now += 1
        self.clipboard.attach(self.now, about=about)
        if not any(self.expected[number].about == about for number in self.open()):
            self.expected[len(self.expected) + 1] = Expected(about)

    @precondition(lambda self: self.open())
    @rule(data=st.data(), by=st.sampled_from(["Li Wei", "Wang Fang"]), is_current=st.booleans())
    def answer(self, data: st.DataObject, by: str, is_current: bool) -> None:
        number = data.draw(st.sampled_from(self.open()))
        item = data.draw(st.sampled_from([*VALUES]))
        value = data.draw(st.sampled_from(VALUES[item]))
        note = data.draw(st.sampled_from([None, "look"] if value is not None or item == "panel" else ["look"]))
        reached = len(self.expected[number].of(item))
        expects = reached if is_current else data.draw(st.integers(0, 3))
        self.say(number, (item, value, note, by, expects))

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def deliver_once_more(self, data: st.DataObject) -> None:
        number, said = data.draw(st.sampled_from(self.sent))
        self.say(number, said)

    @precondition(lambda self: self.expected)
    @rule(data=st.data(), is_filled=st.booleans())
    def complete(self, data: st.DataObject, is_filled: bool) -> None:
        number = data.draw(st.sampled_from([*self.expected]))
        expected = self.expected[number]
        if is_filled and expected.state == "open":
            self.fill(number)
        self.now += 1
        if expected.state != "open":
            with pytest.raises(UnknownChecklist):
                self.clipboard.complete(self.now, run=number)
        elif not expected.can_complete():
            with pytest.raises(ChecklistRefused):
                self.clipboard.complete(self.now, run=number)
        else:
            self.clipboard.complete(self.now, run=number)
            expected.state = "complete"
            self.failed[number] = expected.failed()

    @rule(about=st.sampled_from(SUBJECTS), is_cancelled=st.integers(0, 4))
    def withdraw(self, about: Subject, is_cancelled: int) -> None:
        if is_cancelled:
            return
        self.now += 1
        self.clipboard.withdraw(self.now, about)
        for number in self.open():
            if self.expected[number].about == about:
                self.end(number)

    @rule(about=st.sampled_from(SUBJECTS), is_merged=st.integers(0, 4))
    def merge(self, about: Subject, is_merged: int) -> None:
        if is_merged:
            return
        self.now += 1
        (to,) = (other for other in SUBJECTS if other != about)
        self.clipboard.move(self.now, about, to)
        is_taken = any(self.expected[number].about == to for number in self.open())
        for number in self.open():
            if self.expected[number].about == about:
                if is_taken:
                    self.end(number)
                else:
                    self.expected[number].about = to

    @rule()
    def restart(self) -> None:
        self.now += 1
        self.clipboard = Clipboard(before=self.clipboard, restart_s=self.now)

    def end(self, number: int) -> None:
        """Nobody needs it any more: what has failed is told."""
        self.expected[number].state = "withdrawn"
        self.failed[number] = self.expected[number].failed()

    def fill(self, number: int) -> None:
        """Somebody answers what is missing, and signs."""
        for item in NEEDED:
            said = self.expected[number].of(item)
            if not said or item == "signature":
                note = "all the same" if said and said[-1][1] is None else None  # the same once more would be a replay
                self.say(number, (item, VALUES[item][0], note, "Li Wei", len(said)))

    def say(self, number: int, said: Said) -> None:
        """Somebody answers, for the first time or once more."""
        item, value, note, by, expects = said
        self.now += 1
        self.sent.append((number, said))
        more: dict[str, Any] = {"photo": PHOTO} if item == "panel" else {"not_applicable": value is None}

        def send() -> None:
            self.clipboard.answer(self.now, item, value, by=by, note=note, expects=expects, run=number, **more)

        expected = self.expected[number]
        before = expected.of(item)
        if expected.state != "open":
            with pytest.raises(UnknownChecklist):
                send()
        elif expects < len(before) and before[expects][:2] == (value, note):
            send()
        elif expects == len(before):
            send()
            expected.given.append((item, value, note, by))
        else:
            with pytest.raises(ChecklistRefused):
                send()

    @invariant()
    def what_is_stored_is_what_people_said(self) -> None:
        stored = {
            number: sorted((each.event, each.item, each.value, each.note, each.by) for each in answers)
            for number, answers in self.of_runs([*self.clipboard.answers.values()]).items()
        }
        assert {number: [each[1:] for each in answers] for number, answers in stored.items()} == {
            number: each.given for number, each in self.expected.items() if each.given
        }
        states = {
            number: "open" if run.is_open else "complete" if run.completed_at is not None else "withdrawn"
            for number, run in self.clipboard.runs.items()
        }
        assert states == {number: each.state for number, each in self.expected.items()}
        assert {number: run.about for number, run in self.clipboard.runs.items()} == {
            number: each.about for number, each in self.expected.items()
        }

    @invariant()
    def what_the_trail_says_is_what_is_stored(self) -> None:
        from_trail = dict[int, list[Answer]]()
        for record in self.clipboard.trail:
            if record.data["step"] in ("answer", "correct"):
                from_trail.setdefault(int(record.subject), []).append(_answer_of(record))
        assert from_trail == self.of_runs(sorted(self.clipboard.answers.values(), key=lambda each: each.event))
        ends = {int(each.subject): each.time for each in self.clipboard.trail if each.data["step"] == "complete"}
        assert ends == {
            number: run.completed_at for number, run in self.clipboard.runs.items() if run.completed_at is not None
        }

    @invariant()
    def each_end_is_told_once_with_what_failed(self) -> None:
        told = [(event.run.number, [each.item for each in event.failed]) for event in self.clipboard.ended]
        assert sorted(told) == sorted(self.failed.items())

    @invariant()
    def the_views_of_what_is_stored_agree_with_the_model(self) -> None:
        for number, expected in self.expected.items():
            run = Run(self.clipboard.runs[number])
            for answer in self.clipboard.answers.values():
                if answer.run == number:
                    run.add(answer)
            assert [item.id for item, _ in run.failed()] == expected.failed()
            assert (not run.unanswered() and not run.outdated_signatures()) is (
                bool(expected.given) and expected.can_complete()
            )

    def of_runs(self, answers: list[Answer]) -> dict[int, list[Answer]]:
        """Answers by their checklists."""
        found = dict[int, list[Answer]]()
        for answer in answers:
            found.setdefault(answer.run, []).append(answer)
        return found


def _answer_of(record: AuditRecord) -> Answer:
    data: dict[str, Any] = record.data
    return Answer(
        run=int(record.subject),
        item=data["item"],
        revision=data["revision"],
        value=data.get("value"),
        note=data.get("note"),
        photo=data.get("photo"),
        by=record.by or "",
        answered_at=record.time,
        event=record.number,
    )


TestChecklists = histories_of(Checklists, 100, steps=40)
