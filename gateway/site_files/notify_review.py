"""Routes of `notify` that are valid, and somebody should know what they leave out: warnings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from gateway.core.configuration import Configuration
from gateway.core.kernel.mistakes import Location
from gateway.core.kernel.times import Micros
from gateway.core.kernel.urgency import Severity
from gateway.core.notices.routes import Recipient, RouteSpec, StepSpec
from gateway.core.notices.ways import ALL_CHANNELS, Channel, ways_of
from gateway.core.rules.active_hours import ActiveSpec, compile_hours_of
from gateway.core.rules.rule import Rule
from gateway.core.site.calendars import Calendar, Outside
from gateway.core.site.people import PersonSpec
from gateway.core.site.site import DeviceSpec, Site
from gateway.site_files.catalogue import Entry
from gateway.site_files.open_hours import hours_without
from gateway.site_files.problems import Problem, first_of

_THE_GATEWAY = "the gateway itself"
_Hours = tuple[frozenset[str], ActiveSpec | None]
"""The calendars in whose hours people are told, and the hours in which the rule is active; None for any."""


def review_routes(routes: Sequence[Entry[RouteSpec]], configuration: Configuration, now: Micros) -> Iterator[Problem]:
    """Critical alarms of which no route tells anybody, or none in some hours, and people whom a route cannot reach as
    it says.

    Args:
        now: from when on holidays are looked at.
    """
    if not routes:
        return
    site = configuration.site
    untold: dict[str, None] = {}
    in_hours: dict[_Hours, dict[str, None]] = {}
    for name, active, matching in _critical(routes, configuration):
        calendars = frozenset(each.spec.during for each in matching if each.spec.during is not None)
        if not matching:
            untold[name] = None
        elif all(each.spec.during is not None for each in matching):
            in_hours.setdefault((calendars, active), {})[name] = None
    if untold:
        named = ", ".join(untold)
        what = f"nobody is told of critical alarms of {named}: no route of notify matches all of them"
        yield routes[0].warning(what, "add a route such as {severity: critical, tell: [{team: …}]}")
    for hours, names in in_hours.items():
        yield from _left_out(hours, [*names], routes, site, now)
    for entry in routes:
        yield from _unreachable(entry, site)


def _critical(
    routes: Sequence[Entry[RouteSpec]], configuration: Configuration
) -> Iterator[tuple[str, ActiveSpec | None, list[Entry[RouteSpec]]]]:
    """What critical and life-safety alarms are of, the active hours of its rule, and the routes that tell of it at
    some time: of a rule for each device that it watches."""
    site = configuration.site
    for rule in (*configuration.rules, *configuration.silences):
        if rule.spec.severity is Severity.CRITICAL or rule.spec.life_safety:
            for device in filter(rule.watches, site.devices.values()):
                yield rule.id, rule.spec.active, [each for each in routes if _may_match(each.spec, rule, device, site)]
    yield _THE_GATEWAY, None, [each for each in routes if _may_match_the_gateway(each.spec)]


def _may_match(spec: RouteSpec, rule: Rule, device: DeviceSpec, site: Site) -> bool:
    """Whether alarms of the rule about this device are told by the route, at some time at least."""
    ticket, severity = rule.spec.ticket, rule.spec.severity
    return (
        (spec.severity is None or severity in spec.severity)
        and (spec.life_safety is None or spec.life_safety is rule.spec.life_safety)
        and (spec.team is None or (ticket is not None and ticket.team == spec.team))
        and (spec.category is None or (ticket is not None and ticket.category == spec.category))
        and (spec.location is None or site.is_inside(device.location, spec.location))
    )


def _may_match_the_gateway(spec: RouteSpec) -> bool:
    """The same of its own critical alarms, which open no ticket and are at no place."""
    return (
        (spec.severity is None or Severity.CRITICAL in spec.severity)
        and not spec.life_safety
        and (spec.team, spec.category, spec.location) == (None, None, None)
    )


def _left_out(
    hours: _Hours, names: Sequence[str], routes: Sequence[Entry[RouteSpec]], site: Site, now: Micros
) -> Iterator[Problem]:
    """The hours in which none of these calendars holds."""
    calendars, active = hours
    covered = [site.calendars[name] for name in sorted(calendars)]
    if active is not None:
        covered.append(Calendar(site.zone, Outside(site.zone, compile_hours_of(active, site.zone, site.calendars))))
    when = hours_without(covered, site.zone, now)
    if when:
        entry = next(each for each in routes if each.spec.during in calendars)
        what = f"nobody is told of critical alarms of {first_of(names)} that are raised {when}"
        yield entry.warning(what, "add a route for these hours, or remove during: from one", at=("during",))


def _unreachable(entry: Entry[RouteSpec], site: Site) -> Iterator[Problem]:
    steps: list[tuple[RouteSpec | StepSpec, Location]] = [(entry.spec, ())]
    steps += [(step, ("escalate", index)) for index, step in enumerate(entry.spec.escalate)]
    for step, at in steps:
        wanted = [channel for channel in step.channels if channel is not Channel.SIREN]
        lacking = [person.id for person in _people(step.tell, site) if wanted and not _has(person, wanted)]
        if lacking:
            channels = ", ".join(channel.value for channel in wanted)
            what = f"{', '.join(lacking)} cannot be reached by {channels}, and is told by another way"
            yield entry.warning(what, "give the person such a contact, or name another channel", at=(*at, "channels"))


def _people(tell: Iterable[Recipient], site: Site) -> list[PersonSpec]:
    found: dict[str, PersonSpec] = {}
    for each in tell:
        members = site.members_of(each.team) if each.team is not None else ()
        named = [site.people[each.person]] if each.person is not None else members
        found |= {person.id: person for person in named if person.contact}
    return [*found.values()]


def _has(person: PersonSpec, channels: Iterable[Channel]) -> bool:
    known = {way.channel for way in ways_of(person.contact, ALL_CHANNELS, may_ring=True)}
    return not known.isdisjoint(channels)
