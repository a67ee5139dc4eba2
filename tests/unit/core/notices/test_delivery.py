"""A message that does not arrive is tried again, goes to the next way, and is given up loudly."""

from __future__ import annotations

from gateway.core.alarms.shelf import ShelveAlarm
from gateway.core.kernel.links import LinkPurpose
from gateway.core.kernel.times import HOUR, MINUTE, SECOND
from gateway.core.notices.notice import NoticeState
from gateway.core.notices.requests import (
    Hush,
    NoticeDelivered,
    NoticeFailed,
    NoticeNotSent,
    NoticeSent,
    SendTest,
    Urgency,
)
from gateway.core.notices.ways import Channel, Way
from tests.unit.core.notices.desk import TICKET, Desk
from tests.unit.core.notices.office import MAIL, TECH, Office, configuration
from tests.unit.core.sites import NOON

ONE_WAY = {**TECH, "contact": [MAIL]}


def test_attempts_come_at_growing_intervals_and_the_next_way_after_a_minute() -> None:
    office = Office()
    office.breach("critical")
    begun, attempts = office.now, []
    for _ in range(5):
        (notice,) = office.flying.values()
        attempts.append((notice.way.channel.value, notice.attempts, round((office.now - begun) / SECOND)))
        office.fail(notice)
        while not office.flying:
            office.wait(1)
    assert attempts == [("email", 1, 0), ("email", 2, 5), ("email", 3, 15), ("email", 4, 35), ("sms", 1, 60)]


def test_a_way_that_was_given_up_is_not_tried_again() -> None:
    office = Office()
    office.breach("critical")
    office.fail_all(is_final=True)
    office.deliver_all()
    office.acknowledge(office.number())
    office.sent()
    office.wait_delivering(86_400)
    assert office.sent() == []
    states = [(each.way.channel.value, each.state.value) for each in office.notices.values()]
    assert states == [("email", "failed"), ("sms", "delivered")]


def test_a_warning_goes_to_the_next_way_after_an_hour() -> None:
    office = Office()
    office.breach("warning")
    office.wait_failing(3599)
    assert {each.split(":")[0] for each in office.sent()} == {"tech-1 email"}
    office.wait_failing(1)
    assert office.sent() == ["tech-1 sms: [warning] Many starts: p1"]


def test_quiet_hours_do_not_count_as_trying() -> None:
    office = Office(configuration(people=[ONE_WAY]), start_s=4.9 * 3600)  # 20:54
    office.breach("warning")
    office.wait_failing(11 * 3600)
    assert office.standing("notices-fail") is None
    office.wait_failing(3600)  # to 08:54
    assert office.standing("notices-fail") is not None


def test_what_the_other_side_asks_for_is_waited() -> None:
    office = Office()
    office.breach("warning")
    (notice,) = office.flying.values()
    office.act(NoticeNotSent(number=notice.number, reason="HTTP 503", retry_after=20 * MINUTE, by="the gateway"))
    office.sent()
    office.wait(20 * 60 - 1)
    assert office.sent() == []
    office.wait(2)
    assert len(office.sent()) == 1


def test_the_last_way_is_tried_for_a_day_and_people_are_told_after_a_minute() -> None:
    office = Office(configuration(people=[ONE_WAY]))
    office.breach("critical")
    office.wait_failing(59)
    assert office.standing("notices-fail") is None
    office.wait_failing(1)
    alarm = office.standing("notices-fail")
    assert alarm is not None
    assert alarm.detail == "tech-1 is not told of alarm:1 (email:tech-1@example.org): no route to host"
    first = office.notices[1]
    assert (first.state, first.is_overdue) == (NoticeState.WAITING, True)
    office.acknowledge_all()
    office.wait_failing(60)
    assert office.notices[1].state is NoticeState.WITHDRAWN


def test_a_message_that_arrives_late_after_all_ends_the_alarm() -> None:
    office = Office(configuration(people=[ONE_WAY]))
    office.breach("critical")
    office.wait_failing(600)
    office.wait_delivering(600)
    alarm = next(each for each in office.alarms.values() if each.rule == "notices-fail")
    assert alarm.returned_at is not None
    assert office.troubles == {}


def test_a_day_without_an_answer_is_the_end_of_a_message() -> None:
    office = Office(configuration(people=[ONE_WAY]))
    office.breach("warning")
    office.wait_failing(86_399)
    assert office.notices[1].is_open
    office.wait_failing(1)
    assert office.notices[1].state is NoticeState.FAILED
    steps = [each.data["step"] for each in office.events if each.kind == "notice" and each.subject == "1"]
    assert steps == ["told", "overdue", "given up"]


def test_after_a_restart_what_was_under_way_is_sent_again_as_the_same_message() -> None:
    office = Office()
    office.breach("critical")
    before = office.handed[:]
    office.restart(after_s=600)
    (again,) = office.handed[1:]
    assert (again.number, again.told_key) == (before[0].number, before[0].told_key)
    office.deliver_all()
    office.wait(30)
    assert len(office.notices) == 1


def test_nobody_is_paged_because_the_gateway_was_off_while_a_message_waited() -> None:
    office = Office(configuration(people=[ONE_WAY]))
    office.breach("warning")
    office.fail_all()
    office.restart(after_s=3 * 3600)
    office.wait_delivering(1)
    assert office.standing("notices-fail") is None
    assert office.notices[1].state is NoticeState.DELIVERED


def test_something_urgent_overtakes_and_hurries_what_stands_before_it() -> None:
    office = Office(configuration(people=[ONE_WAY]))
    office.breach("warning", "p1")
    office.fail_all()
    office.sent()
    office.breach("critical", "p2")
    assert office.sent() == ["tech-1 email: [critical] Low pressure: p2"]
    office.wait_failing(300)
    office.sent()
    office.breach("fire", "p1")  # the line waits for minutes, and is tried now
    assert len(office.sent()) == 1


def test_a_report_that_comes_after_the_way_was_given_up_counts() -> None:
    office = Office()
    office.breach("critical")
    (notice,) = office.flying.values()
    office.wait(61)
    assert office.notices[notice.number].state is NoticeState.FAILED
    office.deliver(notice)
    assert office.notices[notice.number].state is NoticeState.DELIVERED


def test_a_test_message_goes_to_each_way_alone_and_raises_no_alarm() -> None:
    office = Office()
    office.act(SendTest(key="test/1", person="tech-1", by="Li Wei"))
    assert office.sent() == ["tech-1 email: [test] Test message of Site", "tech-1 sms: [test] Test message of Site"]
    office.fail_all(is_final=True)
    assert [each.state for each in office.notices.values()] == [NoticeState.FAILED] * 2
    assert office.standing("notices-fail") is None
    office.act(SendTest(key="test/2", way=Way(Channel.EMAIL, "new@example.org"), by="Li Wei"))
    assert office.sent() == ["None email: [test] Test message of Site"]


# What other parts ask ------------------------------------------------------------------------------------------------


def test_a_part_above_has_people_told_once_for_each_key() -> None:
    desk = Desk()
    desk.tell()
    (notice,) = desk.notices()
    assert (notice.title, notice.state, notice.about) == ("[P1] Ticket 12: Low pressure", "sending", TICKET)
    assert notice.body.splitlines()[:3] == ["You have this ticket.", "Ticket 12: Low pressure", "Where: Basement"]
    assert notice.links == (LinkPurpose.ACCEPT,)
    desk.tell()
    assert desk.notices() == []


def test_the_part_above_learns_that_it_has_arrived_or_that_nobody_could_be_reached() -> None:
    desk = Desk()
    desk.tell()
    (notice,) = desk.notices()
    desk.part.act(NoticeSent(number=notice.number, by="the gateway"), NOON)
    desk.tell(people=("nobody",), key="other")
    told = [each for each in desk.seam.taken() if isinstance(each, NoticeDelivered | NoticeFailed)]
    assert [(type(each), each.key, each.person) for each in told] == [
        (NoticeDelivered, "ticket:12/assigned", "tech-1"),
        (NoticeFailed, "other", "nobody"),
    ]


def test_what_is_hushed_is_withdrawn_for_that_person_alone() -> None:
    desk = Desk(people=[TECH, {**TECH, "id": "tech-2"}])
    desk.tell(people=("tech-1", "tech-2"), urgency=Urgency.QUIET, time=NOON + 8 * HOUR)
    desk.notices()
    desk.part.serve(Hush(about=TICKET, person="tech-2", time=NOON + 8 * HOUR))
    (notice,) = desk.notices()
    assert (notice.person, notice.state) == ("tech-2", NoticeState.WITHDRAWN)


def test_what_another_system_is_told_of_a_ticket_is_sent_whatever_becomes_of_it() -> None:
    desk = Desk()
    facts = {"ticket": "12", "step": "accept", "title": "Low pressure", "priority": "P1"}
    desk.tell(kind="ticket event", facts=facts, key="s1/ticket/12/5")
    desk.tell(kind="ticket event", facts=facts | {"step": "cancel"}, key="s1/ticket/12/6")
    desk.notices()
    desk.part.serve(Hush(about=TICKET, time=NOON))
    assert desk.notices() == []
    desk.part.act(NoticeSent(number=1, by="the gateway"), NOON)
    sent = {each.number: each for each in desk.notices()}
    assert (sent[1].state, sent[2].state) == (NoticeState.DELIVERED, NoticeState.SENDING)


def test_somebody_outside_reads_public_facts_alone_and_not_at_meal_times() -> None:
    desk = Desk()
    lunch = NOON - 4 * HOUR + 30 * MINUTE  # 12:30 by the clocks of the site
    facts = {"number": "12", "title": "Tap drips", "answer": "A new washer", "note": "he was rude", "why": "secret"}
    desk.tell(
        kind="ticket resolved",
        people=(),
        contact=("phone", "+86 21 5555 0900"),
        urgency=Urgency.QUIET,
        facts=facts,
        time=lunch,
    )
    (notice,) = desk.notices()
    assert notice.body == "Tap drips\nA new washer\nPlease say whether all is well."
    assert "rude" not in notice.title + notice.body
    assert (notice.state, notice.due) == (NoticeState.WAITING, lunch + 90 * MINUTE)


def test_nobody_outside_is_called() -> None:
    desk = Desk(channels=frozenset({Channel.VOICE}))
    desk.tell(kind="ticket resolved", people=(), contact=("phone", "+86 21 5555 0900"))
    assert desk.notices() == []
    assert [each for each in desk.seam.taken() if isinstance(each, NoticeFailed)]


def test_a_title_stays_in_one_line_whatever_people_write() -> None:
    desk = Desk()
    desk.tell(facts={"number": "1", "title": "Tap\r\nBcc: all@example.org {number}", "priority": "P1"})
    (notice,) = desk.notices()
    assert notice.title == "[P1] Ticket 1: Tap Bcc: all@example.org {number}"


def test_what_stood_behind_a_message_goes_at_once_when_that_is_withdrawn() -> None:
    office = Office(configuration(people=[ONE_WAY]))
    office.breach("warning", "p1")
    office.wait_failing(600)  # its next attempt comes in minutes
    office.say("p2", starts=12)
    office.wait_failing(31)
    office.sent()
    office.recover("p1")
    assert office.sent() == ["tech-1 email: [warning] Many starts: p2"]


def test_after_a_change_of_the_files_a_message_goes_to_the_new_contact_or_to_nobody_who_is_gone() -> None:
    old = [{**TECH, "contact": [{"email": "tech-1@example.com"}]}, {**TECH, "id": "tech-2"}]
    office = Office(configuration(people=old))
    office.breach("critical")
    office.sent()
    office.restart(configuration(people=[{**TECH, "contact": [MAIL]}]))
    office.wait(1)
    assert office.sent() == ["tech-1 email: [critical] Low pressure: p1"]
    ended = {each.way.address: each.state for each in office.notices.values()}
    assert ended["tech-1@example.com"] is NoticeState.FAILED
    assert [each.state for each in office.notices.values() if each.person == "tech-2"] == [NoticeState.WITHDRAWN]


def test_an_alarm_that_is_put_aside_is_not_told_any_more_and_its_end_is_told_all_the_same() -> None:
    office = Office()
    office.breach("critical")
    office.deliver_all()
    office.act(ShelveAlarm(alarm=office.number(), until=office.now + HOUR, why="known", by="Li Wei"))
    office.sent()
    office.wait_delivering(1800)
    assert office.sent() == []
    office.recover()
    office.wait_delivering(60)
    assert office.sent() == ["tech-1 email: [over] Low pressure: p1"]


def test_an_alarm_that_stands_when_its_shelf_ends_is_told_again() -> None:
    office = Office()
    office.breach("critical")
    office.deliver_all()
    office.act(ShelveAlarm(alarm=office.number(), until=office.now + HOUR, why="known", by="Li Wei"))
    office.sent()
    office.wait_delivering(3601)
    assert office.sent() == ["tech-1 email: [critical] Low pressure: p1"]
