"""What a site's files define, by id, each with the place where it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from pydantic import BaseModel

from gateway.core.profiles import Profile
from gateway.core.registry import DeviceSpec, LocationSpec
from gateway.core.rules import RuleSpec
from gateway.library.documents import Document, Location, Series, Table
from gateway.library.explain import validate
from gateway.library.problems import Problem, did_you_mean

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

    @property
    def place(self) -> str:
        """`file:line`"""
        return f"{self.document.file}:{self.document.position(self.at)[0]}"


@dataclass(slots=True)
class Catalogue(Generic[M]):
    """The definitions of one kind. One that is broken still counts as known, so that only it is complained about."""

    kind: str
    model: type[M]
    id_key: str = "id"
    entries: dict[str, Entry[M]] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)

    def read(self, document: Document, at: Location) -> list[Problem]:
        """Add the definition at this place; what is wrong with it."""
        spec, problems = validate(document, at, self.model)
        if spec is None:
            raw = document.value(at)
            if isinstance(raw, Table) and isinstance(name := raw.get(self.id_key), str):
                self.broken.add(name)
            return problems
        entry, name = Entry(spec, document, at), getattr(spec, self.id_key)
        if first := self.entries.get(name):
            what = f"a second {self.kind} is called {name!r}"
            return [entry.problem(what, f"the first stands at {first.place}; rename one", at=(self.id_key,))]
        self.entries[name] = entry
        return []

    def read_list(self, document: Document, key: str) -> list[Problem]:
        """Add all definitions in the list under a key of the document's root; no list is an empty one."""
        series = document.root.get(key)
        if series is None:
            return []
        if not isinstance(series, Series):
            return [document.problem((key,), f"{key}: this is not a list", "write one item a line, each after a dash")]
        return [problem for index in range(len(series)) for problem in self.read(document, (key, index))]

    def knows(self, name: str) -> bool:
        """Whether something of this kind has that id, be it broken."""
        return name in self.entries or name in self.broken

    def unknown(self, name: str) -> tuple[str, str]:
        """What to say of an id that it does not know, and the hint."""
        return f"there is no {self.kind} {name!r}", did_you_mean(name, self.entries, kind=f"{self.kind}s")


def profiles() -> Catalogue[Profile]:
    """An empty catalogue of profiles."""
    return Catalogue("profile", Profile, id_key="profile")


def rules() -> Catalogue[RuleSpec]:
    """An empty catalogue of rules."""
    return Catalogue("rule", RuleSpec)


@dataclass(slots=True)
class Catalogues:
    """Everything that the files define."""

    shipped_profiles: Catalogue[Profile] = field(default_factory=profiles)
    shipped_rules: Catalogue[RuleSpec] = field(default_factory=rules)
    own_profiles: Catalogue[Profile] = field(default_factory=profiles)
    own_rules: Catalogue[RuleSpec] = field(default_factory=rules)
    locations: Catalogue[LocationSpec] = field(default_factory=lambda: Catalogue("location", LocationSpec))
    devices: Catalogue[DeviceSpec] = field(default_factory=lambda: Catalogue("device", DeviceSpec))
    disabled: frozenset[str] = frozenset()
    """Shipped rules that the site does not want."""

    @property
    def profiles(self) -> Catalogue[Profile]:
        """The site's own profiles, and the shipped ones that they do not replace."""
        return _laid_over(profiles, self.own_profiles, self.shipped_profiles)

    @property
    def rules(self) -> Catalogue[RuleSpec]:
        """The site's own rules, and the shipped ones that are neither replaced nor disabled."""
        merged = _laid_over(rules, self.own_rules, self.shipped_rules)
        for name in self.disabled - self.own_rules.entries.keys():
            merged.entries.pop(name, None)
        return merged


def _laid_over(make: Callable[[], Catalogue[M]], own: Catalogue[M], shipped: Catalogue[M]) -> Catalogue[M]:
    merged = make()
    kept: Mapping[str, Entry[M]] = {n: entry for n, entry in shipped.entries.items() if n not in own.broken}
    merged.entries = {**kept, **own.entries}
    merged.broken = own.broken | (shipped.broken - own.entries.keys())
    return merged


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """By file, in the order in which files were first complained about, then by place; the same one only once."""
    found = list(dict.fromkeys(problems))
    files = {file: index for index, file in enumerate(dict.fromkeys(problem.file for problem in found))}
    return sorted(found, key=lambda each: (files[each.file], each.line, each.column))
