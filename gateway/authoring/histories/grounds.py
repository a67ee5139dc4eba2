"""What tests build on, profiles and rules, and the site that each test makes of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from gateway.authoring.histories.native import with_native_values
from gateway.authoring.histories.sendable import Sendable
from gateway.authoring.histories.tables import over, part, put, table
from gateway.core.configuration import Configuration
from gateway.core.kernel.mistakes import Location
from gateway.core.profiles.profile import Profile
from gateway.core.rules.rule import RuleSpec
from gateway.errors import SiteError
from gateway.site_files.catalogue import Catalogue, Catalogues, M, in_order
from gateway.site_files.documents import Document, Position, Series, Table
from gateway.site_files.problems import Problem
from gateway.site_files.profile_checks import check_profiles
from gateway.site_files.sites import LISTS, compile_site, read_definitions, read_lists

_OF_ROOT = ("sla", "parameters", "disable_rules")
"""Keys of a site file that are not lists of definitions."""
_HEADER = ("timezone", "language")


@dataclass(slots=True)
class Grounds:
    """The shipped profiles and rules, or those of a site with its devices."""

    catalogues: Catalogues
    document: Document | None
    """The site file; None where tests have no site to build on."""
    _sendable: dict[int, Sendable] = field(default_factory=dict)
    """By the identity of the site, which is kept below."""
    _compiled: dict[str, tuple[Configuration | None, list[Problem]]] = field(default_factory=dict)
    """By what the test says of its site."""

    @property
    def profiles(self) -> dict[str, Profile]:
        """All profiles, by name."""
        return {name: entry.spec for name, entry in self.catalogues.profiles.entries.items()}

    def with_rules(self, rules: Mapping[str, RuleSpec], *, only: Collection[str] | None = None) -> Grounds:
        """The same with other rules in place of those of these ids, to see which tests notice.

        Args:
            only: the rules that are compiled, by id; all unless given.
        """
        catalogues = self.catalogues.copy()
        for each in (catalogues.own_rules, catalogues.shipped_rules):
            for name, entry in [*each.entries.items()]:
                if only is not None and name not in only:
                    del each.entries[name]
                elif name in rules:
                    each.entries[name] = replace(entry, spec=rules[name])
        return Grounds(catalogues, self.document)

    def configuration(self, document: Document, at: Location) -> tuple[Configuration | None, list[Problem]]:
        """The site of the test at this place; tests that say the same share it. With problems there may be none."""
        test = document.value(at)
        assert isinstance(test, Table)
        key = repr([test.get(each) for each in ("devices", "site")])
        found = self._compiled.get(key)
        if found is None or found[1]:  # problems stand where this test says it
            found = self._compiled[key] = self._compile(document.file, test, document.position(at))
        return found

    def sendable(self, configuration: Configuration) -> Sendable:
        """What decides which values the devices of a test's site can send."""
        found = self._sendable.get(id(configuration))
        if found is None:
            found = self._sendable[id(configuration)] = Sendable(configuration)
        return found

    def _compile(self, file: Path, test: Table, place: Position) -> tuple[Configuration | None, list[Problem]]:
        devices, own = test.get("devices"), test.get("site")
        site = own if isinstance(own, Table) else Table()
        catalogues, root = self.catalogues.copy(), Table()
        if self.document is not None:
            for key in _OF_ROOT:
                if key in self.document.root:
                    put(root, key, self.document.root[key], place)
        for key in (*_OF_ROOT, *LISTS):
            if key in site and key != "devices":
                value = site[key]
                if key == "parameters" and isinstance(value, Table) and isinstance(root.get(key), Table):
                    value = over(root[key], value)
                put(root, key, value, site.key_positions[key], site.value_positions[key])
        header = self.document.root.get("site") if self.document is not None and devices is None else None
        if not isinstance(header, Table):
            header = table({"id": "test", "name": table({"en": "Test"}, place)}, place)
        header = over(header, part(site, _HEADER))
        put(root, "site", header, place)
        if isinstance(devices, Table):
            catalogues.devices.entries, catalogues.devices.places = {}, {}
            catalogues.locations.entries, catalogues.locations.places = {}, {}
            catalogues.maintenance = []
            put(root, "devices", _listed(devices), test.key_positions["devices"], test.value_positions["devices"])
            _keep_rules_of(catalogues, {str(each) for each in devices})
        elif not catalogues.devices.entries:
            what = "the test has no devices, and there is no site that has some"
            return None, [Problem(file, *place, what, "write devices: {p1: booster_pump}, or give --site")]
        document = Document(file, root)
        _give_way(catalogues, root)
        problems = [*read_lists(document, catalogues)]
        read = compile_site(document, catalogues, problems, every_rule=False, checks_profiles=False)
        if read.configuration is None:
            return None, read.problems
        return with_native_values(read.configuration), []


def read_grounds(site: Path | None, profiles: Path | None) -> Grounds:
    """What tests build on.

    Args:
        site: the file of a site, whose rules, profiles and devices tests use.
        profiles: a directory of further profiles.

    Raises:
        SiteError: with every problem of these files, one a line.
    """
    document, catalogues, problems = read_definitions(site, every_profile=True, profiles=profiles)
    problems += check_profiles(catalogues.profiles)
    if not problems and document is not None:
        problems = compile_site(document, catalogues.copy(), every_rule=True, checks_profiles=False).problems
    if problems:
        raise SiteError("\n".join(map(str, in_order(problems))))
    return Grounds(catalogues, document)


def _keep_rules_of(catalogues: Catalogues, devices: set[str]) -> None:
    """Without the site's rules that name none of the devices; what names some watches those alone."""
    for rules in (catalogues.own_rules, catalogues.shipped_rules):
        for name, entry in [*rules.entries.items()]:
            named = entry.spec.applies_to.devices
            if not named:
                continue
            left = tuple(each for each in named if each in devices)
            if left:
                applies_to = entry.spec.applies_to.model_copy(update={"devices": left})
                spec = entry.spec.model_copy(update={"applies_to": applies_to})
                rules.entries[name] = replace(entry, spec=spec)
            else:
                del rules.entries[name]


def _give_way(catalogues: Catalogues, root: Table) -> None:
    """Remove of the site what the test defines itself."""
    _remove(catalogues.locations, root.get("locations"))
    _remove(catalogues.own_rules, root.get("rules"))
    _remove(catalogues.people, root.get("people"))
    _remove(catalogues.rosters, root.get("rosters"))
    _remove(catalogues.calendars, root.get("calendars"))


def _remove(catalogue: Catalogue[M], defined: object) -> None:
    keys = (item.get(catalogue.id_key) if isinstance(item, Table) else item for item in _items(defined))
    for key in keys:
        if isinstance(key, str):
            catalogue.entries.pop(key, None)
            catalogue.places.pop(key, None)


def _items(defined: object) -> Iterable[object]:
    """Of a list the items, of a mapping the keys."""
    return defined if isinstance(defined, Series | Table) else ()


def _listed(devices: Table) -> Series:
    """The devices of a test as a site's file lists them."""
    series = Series()
    for name, value in devices.items():
        item = table({"id": name}, devices.key_positions[name])
        if isinstance(value, Table):
            item = over(item, value)
        else:
            put(item, "profile", value, devices.key_positions[name], devices.value_positions[name])
        series.append(item)
        series.positions.append(devices.key_positions[name])
    return series
