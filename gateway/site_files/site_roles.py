"""The roles of a site: which devices a rule reads by role, and what is wrong with that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gateway.core.profiles.profile import Profile
from gateway.core.rules.expressions import written_names
from gateway.core.rules.level import LevelSpec
from gateway.core.rules.roles import RoleMetric, RoleProfiles
from gateway.core.rules.rule import RuleSpec
from gateway.core.site.roles import Roles
from gateway.core.site.site import DeviceSpec
from gateway.site_files.catalogue import Catalogue, Catalogues, Entry
from gateway.site_files.problems import Problem, first_of


@dataclass(frozen=True, slots=True)
class SiteRoles:
    """The roles that devices of the site have, and where."""

    roles: Roles
    devices: Catalogue[DeviceSpec]
    profiles: Mapping[str, Entry[Profile]]

    @classmethod
    def of(cls, catalogues: Catalogues) -> SiteRoles:
        """Of the site's files."""
        devices = {name: entry.spec for name, entry in catalogues.devices.entries.items()}
        locations = {name: entry.spec for name, entry in catalogues.locations.entries.items()}
        return cls(Roles.of(devices, locations), catalogues.devices, catalogues.profiles.entries)

    def profiles_for(self, rule: RuleSpec) -> RoleProfiles:
        """The profiles of the devices that the conditions of a rule may read, by role.

        Of a role that no device has where the rule's devices are, those of all its devices: the rule is right, and is
        decided nowhere.
        """
        found: dict[str, list[Profile]] = {}
        for role in self._roles_in(rule):
            there = [device for each in self._watched(rule) for device in self.roles.find(role, each.location)]
            anywhere = [name for name, entry in self.devices.entries.items() if entry.spec.role == role]
            names = {self.devices.entries[device].spec.profile: None for device in there or anywhere}
            found[role] = [self.profiles[name].spec for name in names if name in self.profiles]
        return {role: profiles for role, profiles in found.items() if profiles}

    def problems(self, entry: Entry[RuleSpec]) -> Iterator[Problem]:
        """Places of devices that the rule watches at which several have a role that it reads."""
        for role in self._roles_in(entry.spec):
            told = set[tuple[str, ...]]()
            for device in self._watched(entry.spec):
                several = self.roles.find(role, device.location)
                if len(several) > 1 and several not in told:
                    told.add(several)
                    what = f"{entry.spec.id} reads the device whose role is {role}, and at one place these have it: "
                    hint = "leave the role to one of them, or give them different locations"
                    yield self.devices.entries[several[1]].problem(what + first_of(several), hint, at=("role",))

    def _watched(self, rule: RuleSpec) -> list[DeviceSpec]:
        return [entry.spec for entry in self.devices.entries.values() if rule.applies_to.includes(entry.spec)]

    def _roles_in(self, rule: RuleSpec) -> list[str]:
        """The roles of the site by which the conditions of a rule read something."""
        specs: tuple[RuleSpec | LevelSpec, ...] = (rule, *rule.levels)
        texts = [f"{each.when}\n{each.clear_when or ''}" for each in specs]
        read = (RoleMetric.of(each.name) for text in texts for each in written_names(text))
        return sorted({each.role for each in read if each.metric} & self.roles.names)
