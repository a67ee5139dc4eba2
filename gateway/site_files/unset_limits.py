"""Devices for which nobody has set a limit that only the site can know, and the rules that wait for it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from gateway.core.rules.rule import RuleSpec
from gateway.core.site.site import DeviceSpec
from gateway.site_files.catalogue import Catalogues, Entry
from gateway.site_files.problems import Problem, first_of


def check_unset_limits(catalogues: Catalogues) -> Iterator[Problem]:
    """A note for the devices of a profile that lack the same limits."""
    for name, profile in catalogues.profiles.entries.items():
        per_site = [key for key, each in profile.spec.attributes.items() if each.per_site]
        readers = _readers(per_site, [each.spec for each in catalogues.rules.entries.values()], name)
        lacking: dict[tuple[str, ...], list[str]] = {}
        first: dict[tuple[str, ...], Entry[DeviceSpec]] = {}
        for device in catalogues.devices.entries.values():
            if device.spec.profile != name:
                continue
            unset = tuple(key for key in readers if key not in device.spec.attributes)
            if unset:
                lacking.setdefault(unset, []).append(device.spec.id)
                first.setdefault(unset, device)
        for unset, devices in lacking.items():
            rules = sorted({rule for key in unset for rule in readers[key]})
            what = f"{first_of(devices)}: nobody has set {', '.join(unset)}"
            hint = f"write them under attributes; the defaults may not fit, and some watch nothing: {first_of(rules)}"
            yield first[unset].note(what, hint)


def _readers(attributes: Sequence[str], rules: Sequence[RuleSpec], profile: str) -> Mapping[str, list[str]]:
    """The rules on the profile that read each of the attributes; those that none reads are left out."""
    found: dict[str, list[str]] = {}
    for rule in rules:
        if profile in rule.applies_to.names:
            words = set(re.findall(r"\w+", f"{rule.let} {rule.when} {rule.levels} {rule.at_least}"))
            for key in words.intersection(attributes):
                found.setdefault(key, []).append(rule.id)
    return {key: found[key] for key in attributes if key in found}
