"""Runs tests of rules, and judges them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from gateway.authoring.histories.claims import Words, rule_of, tidy
from gateway.authoring.histories.deciding import Decisions
from gateway.authoring.histories.difference import difference
from gateway.authoring.histories.grounds import Grounds
from gateway.authoring.histories.outcome import Failure, Outcome
from gateway.authoring.histories.play import Play
from gateway.authoring.histories.reading import History
from gateway.authoring.histories.spec import Expectation
from gateway.authoring.histories.standing import Told
from gateway.core.kernel.times import written_duration
from gateway.errors import SiteError


def run_history(history: History) -> Outcome:
    """Play a history, and compare what comes of it with what it expects."""
    about = rules_of(history)
    if not about:
        hint = "expect an alarm of a rule once, or name the rules under test: rules: [pump-dry-run]"
        return Outcome(history, (Failure((), "it shows nothing: it names no rule", hint),), 0)
    decisions = Decisions(history, about)
    play = Play(history, decisions.look)
    try:
        failures = tuple(_failures(history, play, decisions))
    finally:
        play.close()
    return Outcome(history, failures, play.engine.counts()["received"])


def is_failing(history: History) -> bool:
    """Whether a test that names a rule fails; it is played no further than to the first failure."""
    decisions = Decisions(history, rules_of(history))
    play = Play(history, decisions.look)
    try:
        return next(_failures(history, play, decisions), None) is not None
    finally:
        play.close()


def run_histories(
    histories: Iterable[History], *, on: Grounds | None = None, about: Collection[str] | None = None
) -> Iterator[Outcome]:
    """Run tests that have been read, one after the other, as their outcomes are asked for.

    Args:
        on: other profiles and rules than those with which they were read, such as `Grounds.with_rules` gives.
        about: only tests that name or expect one of these rules.

    Raises:
        SiteError: a test's site cannot be made of these rules.
    """
    for history in histories:
        if about is None or not rules_of(history).isdisjoint(about):
            yield run_history(history if on is None else moved(history, on))


def moved(history: History, on: Grounds) -> History:
    """The same test on other profiles and rules; its expectations are not checked against them.

    Raises:
        SiteError: its site cannot be made of them.
    """
    configuration, problems = on.configuration(history.document, history.at)
    if configuration is None:
        raise SiteError("\n".join(map(str, problems)))
    return replace(history, configuration=configuration, words=Words.of(configuration))


def rules_of(history: History) -> set[str]:
    """The rules that the test names or expects something of."""
    return {*history.spec.rules, *(rule for each in history.spec.expect for rule in _rules_in(each))}


def _rules_in(expected: Expectation) -> set[str]:
    claims = (*(expected.alarms or ()), *(expected.events or ()), *(expected.tickets or ()))
    return {rule_of(claim) for claim in claims if "/" in claim}


def _failures(history: History, play: Play, decisions: Decisions) -> Iterator[Failure]:
    yield from _judge(history, play, decisions)
    play.go_on(history.ends)
    yield from _of_deeds(play)
    yield from _of_rejections(history, play)


def _judge(history: History, play: Play, decisions: Decisions) -> Iterator[Failure]:
    before: Expectation | None = None
    told_undecided = set[str]()
    for index, expected in enumerate(history.spec.expect):
        play.has_moved = False
        play.go_on(expected.at)
        if before is not None and not play.has_moved and not _may_time_decide(history) and _are_alike(before, expected):
            what = f"nothing happens between {written_duration(before.at)} and {written_duration(expected.at)}"
            yield Failure(
                ("expect", index), f"{what}, and no rule under test waits for anything", "remove the one before"
            )
        for rule in sorted(decisions.open.keys() - _rules_in(expected) - told_undecided):
            told_undecided.add(rule)
            yield _undecided(rule, index, expected)
        yield from _compare(history, play, expected, index)
        before = expected


def _are_alike(before: Expectation, expected: Expectation) -> bool:
    return before.model_dump(exclude={"at"}) == expected.model_dump(exclude={"at"})


def _may_time_decide(history: History) -> bool:
    """Whether a moment without news may differ from an earlier one: by a delay, a window, hours or what people did."""
    about = rules_of(history)
    rules = [rule for rule in history.configuration.rules if rule.id in about]
    waits = any(rule.on_delay or rule.off_delay or bool(rule.compared) for rule in rules)
    further = any(rule.spec.group_by or rule.spec.active or rule.spec.realarm for rule in rules)
    return waits or further or bool(history.spec.do) or about != {rule.id for rule in rules}


def _undecided(rule: str, index: int, expected: Expectation) -> Failure:
    when = written_duration(expected.at)
    what = f"at {when} nothing of {rule} is expected, but its condition has been neither true nor false until then"
    return Failure(("expect", index), what, "send values of the metrics that it reads, for a device that it watches")


def _compare(history: History, play: Play, expected: Expectation, index: int) -> Iterator[Failure]:
    """What is not as expected; only the first of several differences is explained."""
    explains = True
    for key, claims, got in _of_kinds(history, play, expected):
        if claims != got:
            yield difference(key, claims, got, history, play, index, explains=explains)
            explains = False


def _of_kinds(history: History, play: Play, expected: Expectation) -> Iterator[tuple[str, list[str], list[str]]]:
    """What is expected and what is so, in the same order where they are equal."""
    standing, words, only = play.standing, history.words, frozenset(history.spec.rules)
    if expected.alarms is not None:
        alarms = [words.alarm(each) for each in standing.alarms.values() if not only or each.rule in only]
        yield "alarms", sorted(map(tidy, expected.alarms)), sorted(alarms)
    if expected.tickets is not None:
        opened = [(each, standing.rule_of(each)) for each in standing.tickets.values()]
        tickets = [words.ticket(each, rule) for each, rule in opened if not only or rule in only]
        yield "tickets", sorted(_named(map(tidy, expected.tickets), tickets)), sorted(tickets)
    if expected.events is not None:
        told = [each for each in standing.events if not only or each.rule in only]
        standing.events.clear()
        claims, texts = [tidy(each) for each in expected.events], [each.text for each in told]
        yield "events", texts if _are_as_told(claims, told) else claims, texts


def _named(claims: Iterable[str], tickets: Sequence[str]) -> Iterator[str]:
    """The tickets that are claimed; a priority alone stands for any further ticket that has it."""
    alone, left = list[str](), Counter(tickets)
    for claim in claims:
        if "/" in claim:
            left[claim] -= 1
            yield claim
        else:
            alone.append(claim)
    for priority in alone:
        found = next((each for each, count in left.items() if count > 0 and each.split()[0] == priority), priority)
        left[found] -= 1
        yield found


def _are_as_told(claims: list[str], told: Sequence[Told]) -> bool:
    """Whether these were told, in this order; those of one moment may stand in any."""
    if len(claims) != len(told):
        return False
    position = 0
    for _, group in groupby(told, key=lambda each: each.stamp):
        texts = [each.text for each in group]
        if Counter(claims[position : position + len(texts)]) != Counter(texts):
            return False
        position += len(texts)
    return True


def _of_deeds(play: Play) -> Iterator[Failure]:
    for index, sentence in play.refusals:
        yield Failure(("do", index), sentence)


def _of_rejections(history: History, play: Play) -> Iterator[Failure]:
    rejections = play.standing.rejections
    if history.spec.rejected:
        if not rejections:
            yield Failure(("rejected",), "something was to be rejected, but everything was accepted")
        return
    for kind, (time, detail) in rejections.items():
        when = written_duration(time - history.start)
        what = f"{kind.metric} is rejected" if kind.metric else "a message is rejected"
        hint = "send what the device's profile has, or write rejected: true where that is meant"
        yield Failure((), f"{what} at {when}, on {kind.topic}: {detail}", hint)
