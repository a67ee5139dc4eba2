"""Checklists in use: answers, corrections, conflicts, completion and restarts."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.core.checklists.events import FailedItem
from gateway.core.checklists.items import Corrective
from gateway.core.kernel.subjects import Subject, SubjectKind
from gateway.core.kernel.urgency import Priority
from gateway.errors import ChecklistRefused, InvalidAction, UnknownChecklist
from tests.unit.core.checklists.clipboard import GOOD, ITEMS, PHOTO, TICKET, Clipboard, checklist
from tests.unit.core.sites import at

ROUND = Subject(SubjectKind.CHECKPOINT, "lobby")


def test_a_checklist_is_attached_once_for_each_thing_while_it_is_open() -> None:
    clipboard = Clipboard()
    clipboard.attach(1, cause=5, by="Li Wei")
    clipboard.attach(2)
    clipboard.attach(3, about=ROUND, device=None)
    assert [(run.number, run.about, run.device, run.attached_at) for run in clipboard.runs.values()] == [
        (1, TICKET, "p1", at(1)),
        (2, ROUND, None, at(3)),
    ]
    first, second = clipboard.trail
    assert (first.kind, first.subject, first.cause, first.by) == ("checklist", "1", 5, "Li Wei")
    assert first.data == {
        "step": "attach",
        "checklist": "weekly",
        "title": "Weekly",
        "about": "ticket:12",
        "device": "p1",
    }
    assert (second.subject, "device" in second.data) == ("2", False)


def test_one_that_the_files_do_not_have_is_refused_and_takes_no_number() -> None:
    clipboard = Clipboard()
    with pytest.raises(UnknownChecklist, match="the site's files have no checklist 'daily'"):
        clipboard.attach(1, checklist="daily")
    clipboard.attach(2)
    assert [*clipboard.runs] == [1]


def test_answers_are_recorded_each_with_its_cause() -> None:
    clipboard = Clipboard()
    clipboard.attach(0)
    clipboard.answer(1, "noise", 85, note="at the coupling", photo=PHOTO)
    clipboard.answer(2, "pressure", 0.3, by="Wang Fang")
    assert clipboard.said() == [("noise", 1, 85.0), ("pressure", 1, 0.3)]
    _, noise, pressure = clipboard.trail
    assert (noise.cause, noise.by, noise.time) == (clipboard.runs[1].event, "Li Wei", at(1))
    assert noise.data == {
        "step": "answer",
        "item": "noise",
        "text": "Noise",
        "revision": 1,
        "value": 85.0,
        "unit": "dB",
        "failed": True,
        "note": "at the coupling",
        "photo": PHOTO,
        "title": "Weekly",
        "about": "ticket:12",
    }
    assert pressure.data["by_hand"] is True


def test_an_answer_is_corrected_by_whoever_knows_it_and_the_earlier_one_stays() -> None:
    clipboard = Clipboard()
    clipboard.attach(0)
    clipboard.answer(1, "noise", 85)
    clipboard.answer(2, "noise", 58, by="Wang Fang", expects=1)
    assert clipboard.said() == [("noise", 1, 85.0), ("noise", 2, 58.0)]
    assert clipboard.steps() == ["attach", "answer", "correct"]


def test_two_people_who_answer_an_item_differently_see_the_conflict() -> None:
    clipboard = Clipboard()
    clipboard.attach(0)
    clipboard.answer(1, "noise", 85)
    with pytest.raises(ChecklistRefused) as caught:
        clipboard.answer(2, "noise", 58, by="Wang Fang")
    assert str(caught.value) == (
        "Li Wei has answered noise at 2027-01-15T08:00:01.000Z: 85 dB; to replace that, answer with `expects` 1"
    )
    with pytest.raises(ChecklistRefused, match="seal has no answer yet, and this would replace answer 3"):
        clipboard.answer(2, "seal", "dry", expects=3)
    assert (clipboard.said(), clipboard.steps()) == ([("noise", 1, 85.0)], ["attach", "answer"])


@pytest.mark.parametrize("by", ["Li Wei", "Wang Fang"])
def test_the_same_answer_again_changes_nothing_whoever_gives_it(by: str) -> None:
    clipboard = Clipboard()
    clipboard.attach(0)
    clipboard.answer(1, "noise", 85)
    clipboard.answer(2, "noise", 85, by=by)
    assert (clipboard.said(), clipboard.steps()) == ([("noise", 1, 85.0)], ["attach", "answer"])


def test_an_answer_that_is_delivered_late_once_more_does_not_undo_its_correction() -> None:
    clipboard = Clipboard()
    clipboard.attach(0)
    clipboard.answer(1, "noise", 85)
    clipboard.answer(2, "noise", 58, expects=1)
    clipboard.answer(3, "noise", 85)
    clipboard.answer(3, "noise", 58, expects=1)
    assert clipboard.said() == [("noise", 1, 85.0), ("noise", 2, 58.0)]


def test_another_note_or_photo_is_another_answer() -> None:
    clipboard = Clipboard()
    clipboard.attach(0)
    clipboard.answer(1, "seal", "dry")
    for more in ({"note": "new"}, {"photo": PHOTO}):
        with pytest.raises(ChecklistRefused, match="Li Wei has answered seal"):
            clipboard.answer(2, "seal", "dry", **more)


def test_a_wrong_value_and_an_unknown_item_change_nothing() -> None:
    clipboard = Clipboard()
    clipboard.attach(0)
    with pytest.raises(InvalidAction, match="write dry or wet"):
        clipboard.answer(1, "seal", "damp")
    with pytest.raises(InvalidAction, match="the checklist has no item 'roof'; it has clean, noise, pressure"):
        clipboard.answer(1, "roof", "pass")
    assert (clipboard.answers, clipboard.steps()) == ({}, ["attach"])


def test_it_is_complete_when_every_item_that_needs_an_answer_has_one() -> None:
    clipboard = Clipboard()
    clipboard.attach(0)
    clipboard.answer(1, "clean", "pass")
    clipboard.answer(1, "noise", 60)
    with pytest.raises(ChecklistRefused) as caught:
        clipboard.complete(2)
    assert str(caught.value) == (
        "these items are not answered yet: pressure (Pressure), seal (Seal), signature (Done by)"
    )
    for item in ("pressure", "seal", "signature"):
        clipboard.answer(3, item, GOOD[item])
    clipboard.complete(4, by="Wang Fang")
    (run,) = clipboard.runs.values()
    assert (run.completed_at, run.completed_by, run.is_open) == (at(4), "Wang Fang", False)
    (event,) = clipboard.completed
    assert (event.run.about, event.run.device, event.failed, event.by) == (TICKET, "p1", (), "Wang Fang")
    assert event.audit is not None
    assert (event.audit.cause, event.audit.data["failed"]) == (run.event, [])


def test_failed_items_are_told_with_their_corrective_tickets_once() -> None:
    clipboard = Clipboard()
    clipboard.attach(0)
    clipboard.answer(1, "clean", "fail", note="Oil on the floor", photo=PHOTO)
    clipboard.answer_all(2, {"noise": 81, "pressure": 0.2, "seal": "wet", "signature": "Li Wei"})
    clipboard.complete(3)
    with pytest.raises(UnknownChecklist, match="no open checklist has the number 1"):
        clipboard.complete(4)
    corrective = Corrective("pump", Priority.P3, "engineering")
    (event,) = clipboard.completed
    assert event.failed == (
        FailedItem("clean", "Room clean", "fail", "Oil on the floor", PHOTO, corrective),
        FailedItem("noise", "Noise", "81 dB (20 … 80 dB)", None, None, None),
        FailedItem("seal", "Seal", "It leaks", None, None, corrective),
    )


def test_what_counts_is_the_corrected_answer() -> None:
    clipboard = Clipboard()
    clipboard.attach(0)
    clipboard.answer(1, "clean", "fail")
    clipboard.answer(2, "clean", "pass", expects=1)
    clipboard.answer_all(3, {item: value for item, value in GOOD.items() if item != "clean"})
    clipboard.complete(4)
    assert clipboard.completed[0].failed == ()


@pytest.mark.parametrize("change", ["correct", "add"])
def test_a_signature_counts_for_what_was_answered_before_it(change: str) -> None:
    clipboard = Clipboard()
    clipboard.attach(0)
    clipboard.answer_all(1)
    if change == "correct":
        clipboard.answer(2, "noise", 70, expects=1)
    else:
        clipboard.answer(2, "panel", photo=PHOTO)
    with pytest.raises(ChecklistRefused, match=r"sign again, an item was answered .* signature \(Done by\)"):
        clipboard.complete(3)
    clipboard.answer(4, "signature", "Li Wei", expects=1)
    clipboard.complete(5)
    assert len(clipboard.completed) == 1


def test_two_people_sign_one_after_the_other() -> None:
    second = {"id": "officer", "text": {"en": "Safety officer"}, "kind": "signature"}
    clipboard = Clipboard(checklist(*ITEMS, second))
    clipboard.attach(0)
    clipboard.answer_all(1)
    clipboard.answer(2, "officer", "Zhao Min", by="Zhao Min")
    clipboard.complete(3)
    assert len(clipboard.completed) == 1


def test_after_its_completion_nothing_is_answered_and_it_can_be_attached_again() -> None:
    clipboard = Clipboard()
    clipboard.attach(0)
    clipboard.answer_all(1)
    clipboard.complete(2)
    with pytest.raises(UnknownChecklist):
        clipboard.answer(3, "noise", 70, expects=1)
    clipboard.attach(4)
    assert [(run.number, run.is_open) for run in clipboard.runs.values()] == [(1, False), (2, True)]


def test_the_checklists_of_what_is_cancelled_are_withdrawn() -> None:
    clipboard = Clipboard(checklist(), checklist(id="daily"))
    clipboard.attach(0)
    clipboard.attach(0, checklist="daily")
    clipboard.attach(0, about=ROUND)
    clipboard.withdraw(5)
    clipboard.withdraw(6)
    assert [(run.withdrawn_at, run.is_open) for run in clipboard.runs.values()] == [
        (at(5), False),
        (at(5), False),
        (None, True),
    ]
    assert clipboard.steps() == ["attach"] * 3 + ["withdraw"] * 2
    assert (clipboard.trail[-1].cause, clipboard.trail[-1].data["note"]) == (77, "the ticket is cancelled")
    assert clipboard.completed == []
    with pytest.raises(UnknownChecklist):
        clipboard.answer(7, "clean", "pass")


def test_an_open_one_goes_on_after_a_restart_with_the_items_that_it_had() -> None:
    before = Clipboard()
    before.attach(0)
    before.answer(1, "noise", 85)
    edited = checklist({"id": "other", "text": {"en": "Something else"}, "kind": "pass_fail"})
    after = Clipboard(edited, before=before, restart_s=2)
    after.attach(3)
    with pytest.raises(ChecklistRefused, match="Li Wei has answered noise at"):
        after.answer(4, "noise", 58, by="Wang Fang")
    after.answer(4, "noise", 58, by="Wang Fang", expects=1)
    after.answer_all(5, {item: value for item, value in GOOD.items() if item != "noise"})
    after.complete(6)
    assert (len(after.runs), len(after.completed)) == (1, 1)
    after.attach(7)
    assert [item.id for item in after.runs[2].items] == ["other"]


def test_one_whose_definition_is_gone_can_still_be_completed() -> None:
    before = Clipboard()
    before.attach(0)
    after = Clipboard(checklist(id="daily"), before=before)
    after.answer_all(1)
    after.complete(2)
    assert len(after.completed) == 1


def test_an_answer_that_the_store_has_lost_is_given_again() -> None:
    before = Clipboard()
    before.attach(0)
    before.answer(1, "noise", 85)
    before.answer(2, "noise", 58, expects=1)
    del before.answers[1, "noise", 1]
    after = Clipboard(before=before)
    with pytest.raises(ChecklistRefused, match="answer with `expects` 2"):
        after.answer(3, "noise", 60)
    after.answer(3, "noise", 60, expects=2)
    assert after.said() == [("noise", 2, 58.0), ("noise", 3, 60.0)]


def test_its_texts_are_in_the_language_of_the_site() -> None:
    clipboard = Clipboard(language="zh")
    clipboard.attach(0)
    assert clipboard.runs[1].title == "周检"
    with pytest.raises(ChecklistRefused, match="清洁"):
        clipboard.complete(1)


def test_a_checklist_that_is_moved_keeps_its_answers_and_says_from_where_it_came() -> None:
    clipboard = Clipboard()
    clipboard.attach(0)
    clipboard.answer(1, "clean", "fail")
    other = Subject(SubjectKind.TICKET, "13")
    clipboard.move(2, TICKET, other)
    assert (clipboard.trail[-1].cause, clipboard.trail[-1].data) == (
        78,
        {"step": "move", "from": "ticket:12", "note": "the ticket is merged", "title": "Weekly", "about": "ticket:13"},
    )
    after = Clipboard(before=clipboard)
    after.answer_all(3, {item: value for item, value in GOOD.items() if item != "clean"})
    after.complete(4)
    (event,) = after.completed
    assert (event.run.about, [each.item for each in event.failed]) == (other, ["clean"])


def test_an_item_that_does_not_apply_is_answered_by_the_reason() -> None:
    clipboard = Clipboard()
    clipboard.attach(0)
    clipboard.answer(1, "clean", "pass")
    for item in ("noise", "pressure"):
        clipboard.answer(2, item, not_applicable=True, note="The pump is removed")
    clipboard.answer(3, "seal", "wet")
    clipboard.answer(4, "seal", not_applicable=True, note="It has none", expects=1)
    clipboard.answer(5, "signature", "Li Wei")
    after = Clipboard(before=clipboard)
    after.complete(6)
    (event,) = after.completed
    assert (event.failed, event.not_applicable) == ((), ("noise", "pressure", "seal"))
    assert after.said()[1] == ("noise", 1, None)
    (said, *_) = [record.data for record in after.trail if record.data.get("item") == "noise"]
    assert (said["not_applicable"], said["note"], "failed" in said) == (True, "The pump is removed", False)


@pytest.mark.parametrize(
    ("item", "more", "sentence"),
    [
        ("noise", {}, "noise: say in `note` why it does not apply"),
        ("noise", {"note": "  "}, "noise: say in `note` why it does not apply"),
        ("noise", {"note": "No pump", "value": 3}, "noise: what does not apply has no value and no photo"),
        ("panel", {"note": "No panel", "photo": PHOTO}, "panel: what does not apply has no value and no photo"),
        ("signature", {"note": "No pen"}, "signature: a signature always applies"),
    ],
)
def test_a_reason_alone_says_that_an_item_does_not_apply(item: str, more: dict[str, Any], sentence: str) -> None:
    clipboard = Clipboard()
    clipboard.attach(0)
    with pytest.raises(InvalidAction, match=sentence):
        clipboard.answer(1, item, not_applicable=True, **more)
    assert clipboard.answers == {}


def test_an_item_that_does_not_apply_is_no_reading_and_no_photo_when_it_is_said_again() -> None:
    clipboard = Clipboard()
    clipboard.attach(0)
    for item in ("pressure", "panel"):
        for at_s in (1, 2):
            clipboard.answer(at_s, item, not_applicable=True, note="It is removed")
    assert clipboard.said() == [("pressure", 1, None), ("panel", 1, None)]
    with pytest.raises(
        ChecklistRefused, match=r"Li Wei has answered pressure at .*: not applicable, It is removed; to"
    ):
        clipboard.answer(3, "pressure", note="It is removed")
    with pytest.raises(ChecklistRefused, match="Li Wei has answered panel at"):
        clipboard.answer(3, "panel", photo=PHOTO, note="It is removed")
    clipboard.answer(4, "panel", photo=PHOTO, expects=1)
    with pytest.raises(ChecklistRefused, match=r"Li Wei has answered panel at .*: a photo; to"):
        clipboard.answer(5, "panel", not_applicable=True, note="No panel", by="Wang Fang")
