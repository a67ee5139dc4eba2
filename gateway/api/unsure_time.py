"""What goes by wall time, and does not count while the gateway is not sure of the time."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.api.services import Services


def awaiting_time(gateway: Services, device: str) -> tuple[str, ...]:
    """The reasons of planned maintenance of this device that should take place by the clock, and does not."""
    if gateway.knows_time():
        return ()
    now, language = gateway.now(), gateway.site.header.language
    return tuple(
        window.reason.in_language(language)
        for window in gateway.site.maintenance
        if device in window.devices and (stretch := window.stretch(now)) is not None and stretch.start <= now
    )


def time_warnings(gateway: Services) -> Iterator[str]:
    """That no target runs out, and that hours, planned maintenance and rosters do not count, where the site has any."""
    if gateway.knows_time():
        return
    now, effects = gateway.now(), ["no target of a ticket runs out"]
    if any(window.stretch(now) is not None for window in gateway.site.maintenance):
        effects.append("no planned maintenance takes place")
    if any(rule.spec.active is not None for rule in gateway.configuration.rules):
        effects.append("rules with active hours are evaluated at any time")
    dispatch = gateway.configuration.dispatch
    if dispatch is not None and any(dispatch.gives(team) for team in gateway.site.rosters):
        effects.append("rosters do not count: anybody of a team is given its P1 and P2 tickets, the others wait")
    yield (
        f"the gateway is not sure of the time, so {', and '.join(effects)}: let the machine reach a time server "
        "(NTP), or set trust_clock where something else keeps its clock right; else this lasts for a day after each "
        "start"
    )


def warnings_of(gateway: Services) -> list[str]:
    """A sentence for each thing that somebody should look after, though the gateway works."""
    return [*gateway.health().warnings, *time_warnings(gateway)]
