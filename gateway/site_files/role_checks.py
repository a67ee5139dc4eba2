"""Checks of what rules read by role: places without a device of the role, and devices that never send the metric."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gateway.site_files.catalogue import Catalogues
from gateway.site_files.problems import Problem, first_of
from gateway.site_files.rule_checks import Checked, unsent_by
from gateway.site_files.site_roles import SiteRoles


def check_roles(rules: Sequence[Checked], catalogues: Catalogues) -> Iterator[Problem]:
    """What the rules read by role, and will never know."""
    roles = SiteRoles.of(catalogues).roles
    told = set[tuple[str, str]]()
    for rule in rules:
        for name, read in rule.rule.elsewhere.items():
            if (rule.entry.spec.id, name) in told:  # another level has read it
                continue
            told.add((rule.entry.spec.id, name))
            found = {each.spec.id: roles.find(read.role, each.spec.location) for each in rule.devices}
            without = [device for device, others in found.items() if not others]
            if without:
                what = f"{rule.entry.spec.id}: {name} is unknown for {first_of(without)}, as no device at the place, or"
                what += f" around it, has the role {read.role}"
                hint = f"write role: {read.role} at that device, and give both a location"
                yield _remark(rule, what, hint)
            others = {other for each in found.values() for other in each}
            unsent = [other for other in sorted(others) if _never_sends(other, read.metric, catalogues)]
            if unsent:
                what = f"{rule.entry.spec.id}: {name} is unknown, as the messages of {first_of(unsent)} never have it"
                yield _remark(rule, what, "read another metric, or give it a default in the profile")


def _never_sends(device: str, metric: str, catalogues: Catalogues) -> bool:
    spec = catalogues.devices.entries[device].spec
    return metric in unsent_by(catalogues.profiles.entries[spec.profile].spec, spec)


def _remark(rule: Checked, what: str, hint: str) -> Problem:
    say = rule.entry.warning if rule.is_own else rule.entry.note
    return say(what, hint, at=rule.at("when"))
