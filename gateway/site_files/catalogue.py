"""The definitions in a site's files, by id, each with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from pydantic import BaseModel

from gateway.core.checklists.definition import ChecklistSpec
from gateway.core.kernel.mistakes import Location
from gateway.core.kernel.names import DEVICE_ID
from gateway.core.notices.routes import RouteSpec
from gateway.core.profiles.profile import Profile
from gateway.core.rules.rule import RuleSpec
from gateway.core.site.calendars import CalendarSpec
from gateway.core.site.maintenance import MaintenanceSpec
from gateway.core.site.people import PersonSpec
from gateway.core.site.rosters import RosterSpec
from gateway.core.site.site import DeviceSpec, LocationSpec
from gateway.site_files.documents import Document, Series, Table
from gateway.site_files.explain import validate
from gateway.site_files.problems import Gravity, Problem, did_you_mean

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Entry(Generic[M]):
    """One valid definition and its place."""

    spec: M
    document: Document
    at: Location

    def problem(self, what: str, hint: str = "", *, at: Location = (), of_key: bool = False) -> Problem:
        """A problem with this definition, or with the part of it at `at`."""
        return self.document.problem((*self.at, *at), what, hint, of_key=of_key)

    def warning(self, what: str, hint: str, *, at: Location = (), excerpt: str = "") -> Problem:
        """Something of this definition at which somebody should look."""
        return replace(self.document.remark(Gravity.WARNING, (*self.at, *at), what, hint), excerpt=excerpt)

    def note(self, what: str, hint: str, *, at: Location = ()) -> Problem:
        """Something of this definition that is worth knowing."""
        return self.document.remark(Gravity.NOTE, (*self.at, *at), what, hint)


def read_entries(document: Document, key: str, model: type[M], example: str) -> tuple[list[Entry[M]], list[Problem]]:
    """The valid items of a list at the top of a file, in its order, and what is wrong with each by itself.

    Args:
        example: what to write where the key has no list.
    """
    series = document.root.get(key)
    if series is not None and not isinstance(series, Series):
        return [], [document.problem((key,), f"{key}: this is not a list", example)]
    entries, problems = list[Entry[M]](), list[Problem]()
    for index in range(len(series or ())):
        spec, found = validate(document, (key, index), model)
        problems += found
        if spec is not None:
            entries.append(Entry(spec, document, (key, index)))
    return entries, problems


@dataclass(slots=True)
class Catalogue(Generic[M]):
    """The definitions of one kind. An invalid one still counts as known, so that references to it are no errors."""

    kind: str
    model: type[M]
    id_key: str = "id"
    stand_ins: Mapping[str, object] | None = field(default_factory=dict)
    """Values for invalid keys, so that the rest can be checked; None where a definition must be valid as a whole."""
    entries: dict[str, Entry[M]] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    """`file:line` of each id, also of invalid definitions."""
    is_whole: bool = True
    """Whether all files that may hold such definitions could be read; else an unknown id is no error."""

    def read(self, document: Document, at: Location) -> list[Problem]:
        """Add the definition at this place; return what is wrong with it."""
        spec, problems = validate(document, at, self.model, stand_ins=self.stand_ins)
        raw = document.value(at)
        name = raw.get(self.id_key) if isinstance(raw, Table) else None
        if not isinstance(name, str):
            return problems
        if name in self.places:
            hint = f"the first stands at {self.places[name]}; rename one"
            what = f"a second {self.kind} is called {name!r}"
            return [*problems, document.problem((*at, self.id_key), what, hint)]
        self.places[name] = f"{document.file}:{document.position(at)[0]}"
        if spec is not None:
            self.entries[name] = Entry(spec, document, at)
        return problems

    def read_list(self, document: Document, key: str) -> list[Problem]:
        """Add all definitions in the list under a key of the document's root; without the key there are none."""
        series = document.root.get(key)
        if series is None:
            return []
        if not isinstance(series, Series):
            return [document.problem((key,), f"{key}: this is not a list", "write one item a line, each after a dash")]
        return [problem for index in range(len(series)) for problem in self.read(document, (key, index))]

    def read_table(self, document: Document, key: str) -> list[Problem]:
        """Add all definitions in the mapping under a key of the document's root, each by its own key."""
        table = document.root.get(key)
        if table is None:
            return []
        if not isinstance(table, Table):
            return [document.problem((key,), f"{key}: this is not a mapping", "write `id: {…}` lines")]
        problems = list[Problem]()
        for name in table:
            at = (key, str(name))
            if not isinstance(name, str) or not DEVICE_ID.fullmatch(name):
                hint = "use letters, digits, '.', '_' and '-', at most 64"
                problems.append(document.problem(at, f"{name!r} is not an id", hint, of_key=True))
                continue
            spec, found = validate(document, at, self.model, stand_ins=self.stand_ins)
            problems += found
            if name in self.places:
                hint = f"the first stands at {self.places[name]}; rename one"
                problems.append(document.problem(at, f"a second {self.kind} is called {name!r}", hint, of_key=True))
                continue
            self.places[name] = f"{document.file}:{document.position(at, of_key=True)[0]}"
            if spec is not None:
                self.entries[name] = Entry(spec, document, at)
        return problems

    def copy(self) -> Catalogue[M]:
        """The same definitions; what is added to one of the two is not in the other."""
        return replace(self, entries={**self.entries}, places={**self.places})

    def knows(self, name: str) -> bool:
        """Whether a definition has that id, or may have it: an invalid one, or one in a file that cannot be read."""
        return name in self.places or not self.is_whole

    def unknown(self, name: str) -> tuple[str, str]:
        """The problem with an unknown id, and the hint."""
        kinds = "people" if self.kind == "person" else f"{self.kind}s"
        return f"there is no {self.kind} {name!r}", did_you_mean(name, self.places, kind=kinds)


def profiles() -> Catalogue[Profile]:
    """An empty catalogue of profiles."""
    return Catalogue("profile", Profile, id_key="profile", stand_ins=None)


def rules() -> Catalogue[RuleSpec]:
    """An empty catalogue of rules."""
    return Catalogue("rule", RuleSpec, stand_ins={"severity": "info", "title": {"en": "?"}})


def checklists() -> Catalogue[ChecklistSpec]:
    """An empty catalogue of checklists."""
    return Catalogue("checklist", ChecklistSpec, stand_ins=None)


@dataclass(slots=True)
class Catalogues:
    """Everything that the files define."""

    shipped_profiles: Catalogue[Profile] = field(default_factory=profiles)
    shipped_rules: Catalogue[RuleSpec] = field(default_factory=rules)
    own_profiles: Catalogue[Profile] = field(default_factory=profiles)
    own_rules: Catalogue[RuleSpec] = field(default_factory=rules)
    locations: Catalogue[LocationSpec] = field(default_factory=lambda: Catalogue("location", LocationSpec))
    devices: Catalogue[DeviceSpec] = field(default_factory=lambda: Catalogue("device", DeviceSpec))
    people: Catalogue[PersonSpec] = field(default_factory=lambda: Catalogue("person", PersonSpec))
    rosters: Catalogue[RosterSpec] = field(
        default_factory=lambda: Catalogue("roster", RosterSpec, id_key="team", stand_ins=None)
    )
    calendars: Catalogue[CalendarSpec] = field(
        default_factory=lambda: Catalogue("calendar", CalendarSpec, stand_ins=None)
    )
    shipped_checklists: Catalogue[ChecklistSpec] = field(default_factory=checklists)
    own_checklists: Catalogue[ChecklistSpec] = field(default_factory=checklists)
    maintenance: list[Entry[MaintenanceSpec]] = field(default_factory=list)
    """The maintenance windows, which have no ids."""
    notify: list[Entry[RouteSpec]] = field(default_factory=list)
    """The routes by which people are told of alarms, which have no ids."""
    disabled: frozenset[str] = frozenset()
    """Ids of the shipped rules that the site disables."""

    def read_unnamed(self, document: Document) -> Iterator[Problem]:
        """Add the definitions of a file that have no ids; return what is wrong with them."""
        yield from _read_unnamed(document, "maintenance", MaintenanceSpec, self.maintenance)
        yield from _read_unnamed(document, "notify", RouteSpec, self.notify)

    def copy(self) -> Catalogues:
        """The same definitions; what is added to one of the two is not in the other."""
        return Catalogues(
            shipped_profiles=self.shipped_profiles.copy(),
            shipped_rules=self.shipped_rules.copy(),
            own_profiles=self.own_profiles.copy(),
            own_rules=self.own_rules.copy(),
            locations=self.locations.copy(),
            devices=self.devices.copy(),
            people=self.people.copy(),
            rosters=self.rosters.copy(),
            calendars=self.calendars.copy(),
            shipped_checklists=self.shipped_checklists.copy(),
            own_checklists=self.own_checklists.copy(),
            maintenance=[*self.maintenance],
            notify=[*self.notify],
            disabled=self.disabled,
        )

    def lose_a_file(self) -> None:
        """A file cannot be read that may have held any of these: an unknown id is no error."""
        self.own_profiles.is_whole = self.locations.is_whole = self.devices.is_whole = False
        self.people.is_whole = self.rosters.is_whole = self.calendars.is_whole = False
        self.own_checklists.is_whole = False

    @property
    def profiles(self) -> Catalogue[Profile]:
        """The site's own profiles, and the shipped ones that they do not replace."""
        return _overlay(profiles, self.own_profiles, self.shipped_profiles)

    @property
    def rules(self) -> Catalogue[RuleSpec]:
        """The site's own rules, and the shipped ones that are neither replaced nor disabled."""
        merged = _overlay(rules, self.own_rules, self.shipped_rules)
        for name in self.disabled - self.own_rules.places.keys():
            merged.entries.pop(name, None)
        return merged

    @property
    def checklists(self) -> Catalogue[ChecklistSpec]:
        """The site's own checklists, and the shipped ones that they do not replace."""
        return _overlay(checklists, self.own_checklists, self.shipped_checklists)


def _read_unnamed(document: Document, key: str, model: type[M], entries: list[Entry[M]]) -> Iterator[Problem]:
    series = document.root.get(key)
    if series is not None and not isinstance(series, Series):
        yield document.problem((key,), f"{key}: this is not a list", "write one item a line, each after a dash")
        return
    for index in range(len(series or ())):
        at = (key, index)
        spec, problems = validate(document, at, model)
        yield from problems
        if spec is not None:
            entries.append(Entry(spec, document, at))


def _overlay(make: Callable[[], Catalogue[M]], own: Catalogue[M], shipped: Catalogue[M]) -> Catalogue[M]:
    merged = make()
    merged.places = {**shipped.places, **own.places}
    merged.is_whole = own.is_whole
    merged.entries = {name: entry for name, entry in shipped.entries.items() if name not in own.places} | own.entries
    return merged


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Without duplicates; by file, in the order of the files' first problems, then by place."""
    found = list(dict.fromkeys(problems))
    files = {file: index for index, file in enumerate(dict.fromkeys(problem.file for problem in found))}
    return sorted(found, key=lambda each: (files[each.file], each.line, each.column))
