"""The service levels of a site: the keys `service_levels`, `rings` and `holds`, and mistakes in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product

from pydantic import TypeAdapter, ValidationError

from gateway.core.kernel.times import DAY, Micros, written_duration
from gateway.core.kernel.urgency import Priority
from gateway.core.site.calendars import Calendar, CalendarSpec
from gateway.core.site.distance import Ring
from gateway.core.work.clocks import ClockKind
from gateway.core.work.holds import PAUSES, HoldReason, Pauses
from gateway.core.work.level_spec import ALWAYS, RingSpec, ServiceLevelSpec, WorkKind
from gateway.core.work.levels import RINGS, SHIPPED_LEVELS, ServiceLevels, Work
from gateway.core.work.sla import Deadlines
from gateway.site_files.catalogue import Catalogue, Entry, M, read_entries
from gateway.site_files.documents import Document, Table
from gateway.site_files.explain import validate
from gateway.site_files.problems import Problem, did_you_mean

_SOME_TIME: Micros = 18_262 * DAY
"""2020-01-01. Hours that do not come from then on never do."""
_OF_NO_CATEGORY = ""
"""Tickets of a category that no level names."""


def read_service_levels(
    document: Document,
    by_priority: Mapping[Priority, Deadlines],
    *,
    calendars: Catalogue[CalendarSpec],
    compiled: Mapping[str, Calendar],
) -> tuple[ServiceLevels, list[Problem]]:
    """The service levels in the site file, and what is wrong with them.

    Args:
        by_priority: the deadlines of the site, which hold where no level says otherwise.
        calendars: as the files define them.
        compiled: those of them that are valid.
    """
    entries, problems = read_levels(document)
    rings, found = _read_rings(document)
    problems += found
    holds, found = _read_holds(document)
    problems += found
    for entry in entries:
        problems += _check_calendars(entry, calendars, compiled)
    problems += unreachable(entries, _covers, "level", "and gives the same")
    levels = ServiceLevels(
        by_priority=by_priority,
        levels=(*(entry.spec for entry in entries), *SHIPPED_LEVELS),
        rings=rings,
        holds=holds,
        calendars=compiled,
    )
    if not problems:
        problems += _check_targets(levels, entries)
    return levels, problems


def unreachable(
    entries: Sequence[Entry[M]], covers: Callable[[M, M], bool], kind: str, more: str = ""
) -> Iterator[Problem]:
    """Entries of a list of which the first that matches counts, behind one that matches all of theirs."""
    for index, entry in enumerate(entries):
        before = next((each for each in entries[:index] if covers(each.spec, entry.spec)), None)
        if before is not None:
            line = before.document.position(before.at)[0]
            what = f"this {kind} is never used: the one in line {line} matches all of its tickets{more and f' {more}'}"
            yield entry.problem(what, "put it before that one, or remove it")


def matches_all_of(one: Iterable[object] | None, other: Iterable[object] | None) -> bool:
    """Whether what matches one of these matches the other as well; None matches everything."""
    return other is None or (one is not None and set(one) <= set(other))


def _covers(before: ServiceLevelSpec, level: ServiceLevelSpec) -> bool:
    return (
        set(level.gives) <= set(before.gives)
        and matches_all_of(level.category, before.category)
        and matches_all_of(level.priority, before.priority)
        and matches_all_of(level.ring, before.ring)
        and before.kind in (None, level.kind)
        and before.during in (None, level.during)
    )


def read_levels(document: Document) -> tuple[list[Entry[ServiceLevelSpec]], list[Problem]]:
    """The levels in the site file, and what is wrong with each by itself."""
    example = "write one level a line, each after a dash, such as - {priority: P2, respond: 10m}"
    return read_entries(document, "service_levels", ServiceLevelSpec, example)


def _read_rings(document: Document) -> tuple[Mapping[Ring, RingSpec], list[Problem]]:
    """The rings that ship with the changes of the site."""
    rings, problems = dict(RINGS), list[Problem]()
    table = document.root.get("rings")
    if table is None:
        return rings, problems
    if not isinstance(table, Table):
        hint = "write {far: {respond: 1h, on_site: 1h}}"
        return rings, [document.problem(("rings",), "rings: this is not a mapping", hint)]
    for key in table:
        at = ("rings", str(key))
        if key not in [*Ring]:
            hint = did_you_mean(key, map(str, Ring), kind="rings")
            problems.append(document.problem(at, f"{key!r} is no ring", hint, of_key=True))
            continue
        change, found = validate(document, at, RingSpec)
        problems += found
        if change is None:
            continue
        ring = Ring(str(key))
        given = {name: getattr(change, name) for name in change.model_fields_set}
        merged = rings[ring] = rings[ring].model_copy(update=given)
        if (merged.respond or 0) > (merged.on_site or merged.respond or 0):
            what = f"{key}: somebody would be on site before anybody has responded"
            problems.append(document.problem(at, what, "what is not given here is as it ships; give both"))
    return rings, problems


_KINDS = TypeAdapter(tuple[ClockKind, ...])


def _read_holds(document: Document) -> tuple[Pauses, list[Problem]]:
    """The clocks that holds pause: as they ship, with the changes of the site."""
    holds, problems = dict(PAUSES), list[Problem]()
    table = document.root.get("holds")
    if table is None:
        return holds, problems
    if not isinstance(table, Table):
        return holds, [document.problem(("holds",), "holds: this is not a mapping", "write {parts: [resolve]}")]
    for key, given in table.items():
        at = ("holds", str(key))
        if key not in [*HoldReason]:
            hint = did_you_mean(key, map(str, HoldReason), kind="reasons")
            problems.append(document.problem(at, f"{key!r} is no reason to wait", hint, of_key=True))
            continue
        try:
            holds[HoldReason(str(key))] = frozenset(_KINDS.validate_python(given))
        except ValidationError:
            hint = f"write a list of {', '.join(ClockKind)}, or [] for none"
            problems.append(document.problem(at, f"{key}: these are no clocks", hint))
    return holds, problems


def _check_calendars(
    entry: Entry[ServiceLevelSpec], calendars: Catalogue[CalendarSpec], compiled: Mapping[str, Calendar]
) -> Iterator[Problem]:
    """Calendars that there are none of, or that never hold."""
    for key in ("during", "calendar"):
        name = getattr(entry.spec, key)
        if name is None or (key == "calendar" and name == ALWAYS):
            continue
        if not calendars.knows(name):
            yield entry.problem(*calendars.unknown(name), at=(key,))
        elif name in compiled and _never_holds(compiled[name]):
            yield entry.problem(f"{name} never holds", "write hours that come into this calendar", at=(key,))


def _never_holds(calendar: Calendar) -> bool:
    return not calendar.is_active(_SOME_TIME) and calendar.next_change(_SOME_TIME) is None


def _check_targets(levels: ServiceLevels, entries: Sequence[Entry[ServiceLevelSpec]]) -> Iterator[Problem]:
    """Targets that a later one makes shorter than they are written, and rings that make emergencies slower."""
    for entry in entries:
        found: dict[ClockKind, Problem] = {}
        for work, now in tickets_of(entry.spec, entries):
            holds = now.__contains__
            level, at_the_point = levels.of_hours(work, holds), levels.of_hours(replace(work, ring=None), holds)
            for kind, target in level.targets.items():
                if levels.giver(kind.value, work, holds) is not entry.spec:
                    continue
                given = getattr(entry.spec, kind.value)
                if target < given:
                    until, words = written_duration(target), _words(work)
                    what = f"{kind.value}: {written_duration(given)} is longer than {words} has for what comes next"
                    hint = f"write at most {until}, or a longer {_following(kind)} as well"
                    problem = entry.problem(f"{what}, {until}", hint, at=(kind.value,))
                    found.setdefault(kind, problem)
                usual = at_the_point.targets.get(kind)
                if work.priority is Priority.P1 and entry.spec.ring is not None and target > (usual or target):
                    what = f"{kind.value}: an emergency would be slower here than P1 is elsewhere"
                    hint = f"write at most {written_duration(usual or target)}, or name other priorities"
                    found.setdefault(kind, entry.problem(what, hint, at=(kind.value,)))
            if work.priority is Priority.P1 and entry.spec.ring is not None:
                for kind in at_the_point.targets.keys() - level.targets.keys():
                    what = f"{kind.value}: an emergency would have no such clock here"
                    found.setdefault(kind, entry.problem(what, "name other priorities", at=(kind.value,)))
        yield from found.values()


def tickets_of(
    level: ServiceLevelSpec, entries: Iterable[Entry[ServiceLevelSpec]]
) -> Iterator[tuple[Work, frozenset[str]]]:
    """Tickets that a level matches, of every kind that levels tell apart, and the calendars that hold then.

    A level that names no ring is looked at without one: a ring only shortens what it gives.
    """
    named = sorted({category for entry in entries for category in entry.spec.category or ()})
    during = sorted({entry.spec.during for entry in entries if entry.spec.during is not None})
    holding = {frozenset[str](), frozenset(during), *(frozenset({each}) for each in during)}
    for category, priority, kind, ring, now in product(
        level.category or (*named, _OF_NO_CATEGORY),
        level.priority or Priority,
        WorkKind if level.kind is None else (level.kind,),
        level.ring or (None,),
        sorted(holding, key=len),
    ):
        if level.during is None or level.during in now:
            yield Work(category=category, priority=priority, kind=kind, ring=ring), now


def _following(kind: ClockKind) -> str:
    return ClockKind.ON_SITE.value if kind is ClockKind.RESPOND else ClockKind.RESOLVE.value


def _words(work: Work) -> str:
    """A ticket as people call it."""
    names = [work.priority.value, *([work.category] if work.category else [])]
    if work.kind is WorkKind.COMPLAINT:
        names.append("complaint")
    return " ".join([*names, *([work.ring.value] if work.ring is not None else [])])
