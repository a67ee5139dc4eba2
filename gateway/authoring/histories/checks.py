"""What is wrong with a test that is right key by key: unknown names, and an order of time that cannot be."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from gateway.authoring.histories.claims import Words, rule_of
from gateway.authoring.histories.doing import OF_PEOPLE
from gateway.authoring.histories.spec import HistorySpec
from gateway.core.kernel.mistakes import Location
from gateway.core.kernel.times import Micros, written_duration
from gateway.site_files.documents import Document
from gateway.site_files.problems import Problem


def mistakes_in_expectations(spec: HistorySpec, words: Words, document: Document, at: Location) -> Iterator[Problem]:
    """Names and words that the test's site does not know."""
    for index, rule in enumerate(spec.rules):
        for what, hint in words.mistakes_of_rule(rule):
            yield document.problem((*at, "rules", index), what, hint)
    kinds = {"alarms": words.mistakes_of_alarm, "tickets": words.mistakes_of_ticket, "events": words.mistakes_of_event}
    for index, each in enumerate(spec.expect):
        for key, mistakes in kinds.items():
            claims: tuple[str, ...] = getattr(each, key) or ()
            for place, claim in enumerate(claims):
                here = (*at, "expect", index, key, place)
                if not claim.strip():
                    yield document.problem(here, "this says nothing", "remove it")
                    continue
                for what, hint in mistakes(claim):
                    yield document.problem(here, what, hint)
                if spec.rules and (rule := rule_of(claim)) in words.rules and rule not in spec.rules:
                    yield document.problem(here, f"{rule} is not among the rules under test", "add it to `rules`")
                if key == "alarms" and claim in claims[:place]:
                    yield document.problem(here, f"{claim!r} stands there twice", "remove one")


def mistakes_in_deeds(spec: HistorySpec, words: Words, document: Document, at: Location) -> Iterator[Problem]:
    """Names in what people do, also in what the gateway must refuse: it refuses a misspelt name for another reason."""
    for index, deed in enumerate(spec.do):
        if deed.kind not in OF_PEOPLE:
            continue
        named = getattr(deed, deed.kind)
        for name in named if isinstance(named, tuple) else (named,):
            if "/" in name:
                mistakes = words.mistakes_of_name(name)
            elif deed.kind in ("shelve", "unshelve"):
                mistakes = words.mistakes_of_rule(name)
            else:
                mistakes = words.mistakes_of_device(name)
            for what, hint in mistakes:
                yield document.problem((*at, "do", index, deed.kind), what, hint)


def mistakes_in_times(spec: HistorySpec, ends: Micros, document: Document, at: Location) -> Iterator[Problem]:
    """Expectations out of order, and after the end of what happens; deeds while the gateway is away."""
    for index, (before, each) in enumerate(pairwise(spec.expect), 1):
        here = (*at, "expect", index, "at")
        if each.at < before.at:
            what = f"{written_duration(each.at)} comes after {written_duration(before.at)}"
            yield document.problem(here, what, "write expectations in the order of time")
        elif each.at == before.at:
            what = f"two expectations are for {written_duration(each.at)}"
            yield document.problem(here, what, "write them as one")
    for index, each in enumerate(spec.expect):
        if each.at > ends:
            what = f"nothing happens after {written_duration(ends)}, and this is at {written_duration(each.at)}"
            hint = f"send values until then (`_ x…` sends nothing), or write lasts: {written_duration(each.at)}"
            yield document.problem((*at, "expect", index, "at"), what, hint)
    yield from _overlaps(spec, document, at)
    restarts = [(each.at, each.at + each.lasts) for each in spec.do if each.restart is not None]
    for index, each in enumerate(spec.expect):
        for begin, end in restarts:
            if begin < each.at < end:
                what = f"the gateway is away from {written_duration(begin)} to {written_duration(end)}"
                yield document.problem((*at, "expect", index, "at"), what, f"write {written_duration(end)} or later")


def _overlaps(spec: HistorySpec, document: Document, at: Location) -> Iterator[Problem]:
    """What is done while the gateway is away. While the broker alone is out of reach people act, and clocks are set."""
    for index, deed in enumerate(spec.do):
        for other, away in enumerate(spec.do):
            if other == index or not away.lasts:
                continue
            end = away.at + away.lasts
            is_inside = away.at < deed.at < end or (deed.at == away.at and other < index)
            if is_inside and (away.restart is not None or deed.lasts):
                what = f"the gateway is away until {written_duration(end)}, and this is at {written_duration(deed.at)}"
                yield document.problem((*at, "do", index, "at"), what, "write a time at which it is there")
