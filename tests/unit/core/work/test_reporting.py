"""Reports of people: each is one ticket, whoever hands it in and however often."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from gateway.core.kernel.links import LinkPurpose
from gateway.core.kernel.subjects import Subject, SubjectKind
from gateway.core.kernel.texts import Language
from gateway.core.notices.requests import Hush, Tell, Urgency
from gateway.core.site.site import LocationSpec
from gateway.core.telemetry.quarantine import Reason, RejectedKind
from gateway.core.work import report_limits, reporting
from gateway.core.work.actions import (
    AcceptTicket,
    AddPhoto,
    CancelTicket,
    CloseTicket,
    CommentTicket,
    ConfirmTicket,
    MergeTicket,
    ReopenTicket,
    ResolveTicket,
)
from gateway.core.work.level_spec import WorkKind
from gateway.core.work.reporting import TakeReport
from gateway.core.work.tickets import Reporter, Ticket, TicketSource
from tests.unit.core.work.staffed import Works, staffed

TOPIC = "site/s1/reports"
ANSWERS = "gateway/s1/reports/"
ZHAO = Reporter(name="Ms Zhao", contact=("email", "zhao@example.org"))
LEAK = "Water leaks from the ceiling\nbeside the door."


def take(
    made: Works, text: str = LEAK, *, key: str | None = "k1", reporter: Reporter = ZHAO, photos: tuple[str, ...] = ()
) -> int:
    """Somebody reports something at the pump; the number of its ticket."""
    numbers: list[int] = []
    made.act(
        TakeReport(
            key=key,
            subject=Subject.of_device("p1"),
            text=text,
            photos=photos,
            reporter=reporter,
            answer=numbers.append,
            by="Ms Zhao (reporter)",
        )
    )
    made.run(0)
    (number,) = numbers
    return number


def heard(
    made: Works,
    fields: Mapping[str, object] | None = None,
    *,
    redelivered: bool = False,
    retained: bool = False,
    **more: object,
) -> list[dict[str, Any]]:
    """A report comes by MQTT, with these fields beside a place and a text; the answers to it."""
    before = len(made.published)
    payload = json.dumps({"place": "p1", "text": LEAK} | {**(fields or {})} | more).encode()
    made.hear(TOPIC, payload, packet_id=7, redelivered=redelivered, retained=retained)
    return [json.loads(each.payload) for each in made.published[before:] if each.topic.startswith(ANSWERS)]


def to_reporter(made: Works) -> list[Tell]:
    return [each for each in made.letters if isinstance(each, Tell) and each.contact is not None]


def opened(made: Works, ticket: int) -> dict[str, object]:
    """What is recorded of the opening."""
    return next(each.data for each in made.trail if each.subject == str(ticket) and each.data["step"] == "open")


def test_a_report_is_a_ticket_with_all_its_text_its_photos_and_the_key_of_where_it_came_from() -> None:
    made = Works()
    number = take(made, photos=("a" * 64, "b" * 64))
    ticket = made.tickets[number]
    assert (ticket.title, ticket.description) == ("Water leaks from the ceiling", LEAK)
    assert (ticket.source, ticket.reporter, ticket.category, ticket.priority) == (
        TicketSource.PERSON,
        ZHAO,
        "water",
        "P2",
    )
    photos = [each.data for each in made.trail if each.data.get("step") == "photo"]
    assert [(each["photo"], each["public"]) for each in photos] == [("a" * 64, True), ("b" * 64, True)]
    assert opened(made, number)["report"] == "k1"
    assert opened(made, number)["why"] == 'by the words "leaks"'


def test_what_the_words_say_is_in_the_language_of_the_site() -> None:
    made = Works(staffed(language="zh"))
    assert opened(made, take(made, "电梯困人"))["why"] == "按报告中的词语：“困人”"
    assert opened(made, take(made, "嗯", key="k2"))["why"] == "报告中没有可判断类别的词语"


def test_the_same_key_is_the_same_ticket_also_after_a_restart_and_when_that_has_ended_long_ago() -> None:
    made = Works()
    number = take(made)
    assert take(made, "something else") == number
    made.restart()
    assert take(made) == number
    made.act(AcceptTicket(ticket=number, by="Ann"))
    made.act(ResolveTicket(ticket=number, note="Sealed", by="Ann"))
    made.act(CloseTicket(ticket=number, by="Ann"))
    made.run(60 * 86_400)
    made.restart()
    assert take(made) == number
    assert len(made.tickets) == 1


def test_reports_without_a_key_are_each_their_own() -> None:
    made = Works()
    assert take(made, key=None) != take(made, key=None)


def test_only_so_many_keys_are_known_and_the_store_forgets_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporting, "MOST_KEYS", 2)
    made = Works()
    first, second, third = (take(made, key=key) for key in ("a", "b", "c"))
    made.restart()
    assert (take(made, key="b"), take(made, key="c")) == (second, third)
    assert take(made, key="a") not in (first, second, third)


def test_two_people_who_report_the_same_have_each_their_ticket_and_the_later_names_the_earlier() -> None:
    made = Works()
    first, second = take(made), take(made, "Water is leaking again", key="k2")
    assert first != second
    assert "others" not in opened(made, first)
    assert opened(made, second)["others"] == [first]
    third = take(made, "The light flickers", key="k3")
    assert "others" not in opened(made, third)  # about something else


def test_a_complaint_is_one_and_has_clocks_of_its_own() -> None:
    made = Works()
    general, complex_, trapped = (
        made.tickets[take(made, text, key=text)]
        for text in ("Your staff is rude", "I want compensation for my car", "People are trapped in the lift")
    )
    assert [(each.kind, each.priority) for each in (general, complex_, trapped)] == [
        (WorkKind.COMPLAINT, "P3"),
        (WorkKind.COMPLAINT, "P4"),  # time for a plan
        (WorkKind.FAULT, "P1"),
    ]


def test_a_long_first_line_is_cut_in_the_title_and_whole_in_the_description() -> None:
    made = Works()
    text = "drip " * 40
    ticket = made.tickets[take(made, text)]
    assert len(ticket.title) <= 80
    assert ticket.title.endswith("…")
    assert ticket.description == text


# MQTT ---------------------------------------------------------------------------------------------------------------


def test_a_report_by_mqtt_is_answered_on_a_topic_of_its_key_and_its_ticket_is_caused_by_the_message() -> None:
    made = Works()
    (answer,) = heard(made, key="desk-7", name="Ms Zhao", contact={"phone": "+86 21 5555 0199"}, language="zh")
    number = answer["ticket"]
    assert (answer["site"], answer["report"]) == ("s1", "desk-7")
    assert made.tickets[number].reporter == Reporter(
        name="Ms Zhao", contact=("phone", "+86 21 5555 0199"), language="zh"
    )
    (message,) = [each for each in made.trail if each.kind == "message"]
    assert (message.subject, message.data["payload"]) == (TOPIC, LEAK)
    (step,) = [each for each in made.trail if each.kind == "ticket" and each.data["step"] == "open"]
    assert (step.cause, step.by) == (message.number, "Ms Zhao (reporter)")


def test_a_report_that_comes_twice_by_mqtt_opens_nothing_twice_and_is_answered_twice() -> None:
    made = Works()
    first = heard(made, key="desk-7")
    made.restart()
    assert heard(made, key="desk-7", redelivered=True) == first
    assert len(made.tickets) == 1


def test_a_report_without_a_key_that_the_broker_sends_again_opens_nothing_twice() -> None:
    made = Works()
    assert heard(made) == []
    heard(made, redelivered=True)
    assert len(made.tickets) == 1
    heard(made)  # without the flag somebody has reported it once more
    assert len(made.tickets) == 2


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"text": "  "}, Reason.MALFORMED),
        ({"text": "x" * 4001}, Reason.MALFORMED),
        ({"place": "nowhere"}, Reason.UNKNOWN_PLACE),
        ({"key": "a/b"}, Reason.MALFORMED),
        ({"key": "a+"}, Reason.MALFORMED),
        ({"contact": {"webhook": "https://example.org/"}}, Reason.MALFORMED),
        ({"unknown": 1}, Reason.MALFORMED),
        ({"headers": {"auto-submitted": "auto-replied"}}, Reason.NOT_BY_A_PERSON),
        ({"headers": {"Auto-Submitted": "auto-generated; x=y"}}, Reason.NOT_BY_A_PERSON),
        ({"headers": {"Return-Path": "<>"}}, Reason.NOT_BY_A_PERSON),
        ({"headers": {"Precedence": "auto_reply"}}, Reason.NOT_BY_A_PERSON),
        ({"headers": {"X-Autoreply": "yes"}}, Reason.NOT_BY_A_PERSON),
    ],
)
def test_what_is_no_report_of_a_person_opens_nothing_and_is_kept_with_its_reason(
    fields: dict[str, object], reason: Reason
) -> None:
    made = Works()
    assert heard(made, fields) == []
    assert made.tickets == {}
    assert [(kind.topic, kind.reason) for kind in made.rejected] == [(TOPIC, reason)]


def test_a_report_that_came_by_mail_from_a_person_is_taken() -> None:
    made = Works()
    heard(made, headers={"Auto-Submitted": "no", "Return-Path": "<zhao@example.org>", "Subject": "Leak"})
    assert len(made.tickets) == 1


def test_what_the_broker_has_retained_is_taken_with_a_key_and_else_kept_apart() -> None:
    made = Works()
    heard(made, retained=True)
    assert [kind.reason for kind in made.rejected] == [Reason.TAKEN_BEFORE]
    (answer,) = heard(made, retained=True, key="desk-7")
    made.restart()
    assert heard(made, retained=True, key="desk-7") == [answer]
    assert len(made.tickets) == 1


def test_what_is_no_json_is_kept_apart() -> None:
    made = Works()
    made.hear(TOPIC, b"Water!")
    assert [kind.reason for kind in made.rejected] == [Reason.MALFORMED]


def test_control_characters_of_a_report_are_left_out_and_nothing_else() -> None:
    made = Works()
    heard(made, text="Fire\x07 in\u202e the\r\nkitchen\t2")
    assert made.tickets[1].description == "Fire in the\nkitchen 2"


# What the reporter is told ------------------------------------------------------------------------------------------


def test_the_reporter_is_told_once_of_each_step_that_matters_outside_of_quiet_hours_and_in_the_own_language() -> None:
    made = Works()
    number = take(made, reporter=Reporter(name="赵", contact=("email", "zhao@example.org"), language="zh"))
    made.act(AcceptTicket(ticket=number, by="Ann"))
    made.act(CommentTicket(ticket=number, note="He has not paid", by="Ann"))
    made.act(ResolveTicket(ticket=number, note="Seal replaced", by="Ann"))
    made.restart()
    made.act(ConfirmTicket(ticket=number, by="赵（报修人）"))
    made.act(CloseTicket(ticket=number, by="Ann"))
    told = to_reporter(made)
    assert [(each.kind, each.links) for each in told] == [
        ("report received", (LinkPurpose.TRACK,)),
        ("ticket resolved", (LinkPurpose.CONFIRM, LinkPurpose.REOPEN, LinkPurpose.RATE)),
        ("ticket closed", (LinkPurpose.RATE,)),
    ]
    assert {each.urgency for each in told} == {Urgency.QUIET}
    assert {each.language for each in told} == {"zh"}
    assert told[-1].facts["state"] == "已关闭。"
    assert len({each.key for each in told}) == 3


def test_no_fact_that_a_reporter_is_told_is_a_note_of_a_colleague() -> None:
    made = Works()
    number = take(made)
    secret = "He has not paid"
    made.act(AcceptTicket(ticket=number, by="Ann", note=secret))
    made.act(CommentTicket(ticket=number, note=secret, by="Ann"))
    made.act(AddPhoto(ticket=number, photo="c" * 64, note=secret, by="Ann"))
    made.act(ResolveTicket(ticket=number, note=secret, by="Ann"))
    made.act(ReopenTicket(ticket=number, note=secret, by="Ann"))
    assert to_reporter(made)
    for each in to_reporter(made):
        assert secret not in "".join(each.facts.values())


def test_a_reopened_ticket_takes_back_that_it_is_done() -> None:
    made = Works()
    number = take(made)
    made.act(AcceptTicket(ticket=number, by="Ann"))
    made.act(ResolveTicket(ticket=number, note="Sealed", by="Ann"))
    before = len(made.letters)
    made.act(ReopenTicket(ticket=number, note="It leaks again", by="Li Wei"))
    hush, asked = made.letters[before:]
    assert (type(hush).__name__, getattr(hush, "person", "")) == ("Hush", None)
    assert getattr(asked, "kind", "") == "ticket reopened"


@pytest.mark.parametrize(("language", "name"), [("en", "ann (reporter)"), ("zh", "ann（报修人）")])
def test_whoever_writes_the_name_of_a_colleague_is_not_taken_for_that_colleague(language: Language, name: str) -> None:
    made = Works(staffed(language=language))
    heard(made, name="ann")
    (step,) = [each for each in made.trail if each.kind == "ticket" and each.data["step"] == "open"]
    assert step.by == name
    assert made.files.site.person_called(name) == name


def test_a_report_about_a_location_is_about_that() -> None:
    files = staffed()
    lobby = LocationSpec.model_validate({"id": "lobby"})
    made = Works(replace(files, site=replace(files.site, locations={"lobby": lobby})))
    heard(made, place="lobby")
    assert made.tickets[1].subject == Subject(SubjectKind.LOCATION, "lobby")


def test_a_merged_report_keeps_its_own_text() -> None:
    made = Works()
    first, second = take(made), take(made, "Water is leaking again", key="k2")
    made.act(MergeTicket(ticket=second, into=first, by="Ann"))
    merged: Ticket = made.tickets[second]
    assert (merged.merged_into, merged.description) == (first, "Water is leaking again")
    assert take(made, key="k2") == second


def of_merged(made: Works) -> list[tuple[str, str, str | None]]:
    """What those are told whose tickets were merged: about which ticket, by which address, and the state."""
    found = [each for each in to_reporter(made) if each.kind == "merged done"]
    return [(each.facts["number"], str(each.contact and each.contact[1]), each.facts.get("state")) for each in found]


def test_who_reported_a_merged_ticket_is_told_once_when_the_other_is_done() -> None:
    made = Works()
    first, second, third = (take(made, key=key) for key in ("k1", "k2", "k3"))
    nobody = take(made, key="k4", reporter=Reporter(name="Ms Chen"))
    made.act(MergeTicket(ticket=third, into=second, by="Ann"))
    for number in (second, nobody):
        made.act(MergeTicket(ticket=number, into=first, by="Ann"))
    made.run(3 * 86_400)  # those that were merged are forgotten by then
    made.restart()
    assert of_merged(made) == []
    made.act(AcceptTicket(ticket=first, by="Ann"))
    made.act(ResolveTicket(ticket=first, note="Sealed", by="Ann"))
    told = [("3", "zhao@example.org", "It is done."), ("2", "zhao@example.org", "It is done.")]
    assert of_merged(made) == told
    letter = to_reporter(made)[-1]
    assert (str(letter.about), letter.links, letter.urgency) == ("ticket:2", (LinkPurpose.TRACK,), Urgency.QUIET)
    assert letter.facts["title"] == "Water leaks from the ceiling"
    made.restart()
    made.act(ConfirmTicket(ticket=first, by="Ann"))
    made.act(CloseTicket(ticket=first, by="Ann"))
    made.run(86_400)
    assert of_merged(made) == told


def test_who_reported_a_merged_ticket_is_not_told_what_is_not_true_any_more() -> None:
    made = Works()
    first, second = take(made, key="k1"), take(made, key="k2")
    made.act(MergeTicket(ticket=second, into=first, by="Ann"))
    made.act(AcceptTicket(ticket=first, by="Ann"))
    made.act(ResolveTicket(ticket=first, note="Sealed", by="Ann"))
    made.act(ReopenTicket(ticket=first, note="It leaks", by="Ms Zhao (reporter)"))
    hushed = [each for each in made.letters if isinstance(each, Hush) and str(each.about) == f"ticket:{second}"]
    assert hushed[-1].time == made.now
    made.act(CancelTicket(ticket=first, note="The owner repairs it", by="Ann"))
    assert of_merged(made)[-1] == ("2", "zhao@example.org", "It was closed without work.")


FIRE = "Fire in the pump room, come quickly!"


def test_reports_about_one_place_beyond_its_allowance_are_quarantined_and_counted() -> None:
    made = Works()
    answers = [heard(made, key=f"k{each}") for each in range(report_limits.OF_PLACE + 3)]
    assert [len(each) for each in answers] == [1] * report_limits.OF_PLACE + [0] * 3
    assert len(made.tickets) == report_limits.OF_PLACE
    assert made.rejected == [RejectedKind(TOPIC, Reason.TOO_MANY_REPORTS, "")] * 3
    assert made.engine.counts()["rejected"] == 3
    heard(made, key="elsewhere", place="p2")
    assert len(made.tickets) == report_limits.OF_PLACE + 1
    made.run(60)
    heard(made, key="later")
    assert len(made.tickets) == report_limits.OF_PLACE + 2


def test_all_places_together_have_an_allowance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_limits, "OF_ALL", 2)
    made = Works()
    for place in ("p1", "p2", "p1", "p2"):
        heard(made, place=place)
    assert len(made.tickets) == 2
    made.run(10)
    heard(made)
    assert len(made.tickets) == 3


def test_what_is_sent_again_is_answered_and_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_limits, "OF_PLACE", 1)
    made = Works()
    assert [heard(made, key="k1")[0]["ticket"] for _ in range(3)] == [1, 1, 1]
    assert made.rejected == []
    assert heard(made, key="k2") == []
    assert made.rejected == [RejectedKind(TOPIC, Reason.TOO_MANY_REPORTS, "")]


def test_an_emergency_is_never_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_limits, "OF_PLACE", 1)
    made = Works()
    heard(made)
    (answer,) = heard(made, text=FIRE, key="f1")
    assert made.tickets[answer["ticket"]].priority == "P1"
    (again,) = heard(made, text=f"Still {FIRE}", key="f2", name="Ms Chen", contact={"phone": "+86 21 5555 0199"})
    assert again["ticket"] == answer["ticket"]
    (entry,) = [each for each in made.trail if each.data.get("step") == "comment"]
    assert entry.data["note"] == f"Still {FIRE}\n+86 21 5555 0199"
    assert (entry.data["public"], entry.by) == (False, "Ms Chen (reporter)")
    assert len(made.tickets) == 2
    made.act(AcceptTicket(ticket=answer["ticket"], by="Ann"))
    made.act(ResolveTicket(ticket=answer["ticket"], note="Put out", by="Ann"))
    (anew,) = heard(made, text=FIRE, key="f3")
    assert anew["ticket"] == 3
    assert made.rejected == []
