"""Compiles the rules with `group_by` of a site's files, and says what is wrong with their conditions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from gateway.core.kernel.errors import ConditionError
from gateway.core.kernel.mistakes import Location
from gateway.core.profiles.profile import Profile
from gateway.core.rules.compiling import group_rules_of
from gateway.core.rules.conditions import compile_condition
from gateway.core.rules.expressions import names_in
from gateway.core.rules.groups.functions import (
    SILENT,
    GroupFunction,
    as_profile,
    compile_at_least,
    compile_function,
    compile_member_condition,
)
from gateway.core.rules.groups.written import MemberFunction
from gateway.core.rules.level import LevelSpec
from gateway.core.rules.rule import Rule, RuleSpec
from gateway.site_files.catalogue import Catalogue, Entry
from gateway.site_files.condition_hints import explain
from gateway.site_files.condition_reader import Vocabulary
from gateway.site_files.documents import Table
from gateway.site_files.problems import Problem, did_you_mean


def compile_group_rules(entry: Entry[RuleSpec], profiles: Catalogue[Profile]) -> tuple[tuple[Rule, ...], list[Problem]]:
    """The rule compiled against the profiles of its members, all of which there are; and what is wrong with it."""
    members = {name: profiles.entries[name].spec for name in entry.spec.applies_to.names}
    known = {name: each.spec for name, each in profiles.entries.items()}
    written = entry.document.value((*entry.at, "let"))
    broken = {str(name) for name in written} - entry.spec.let.keys() if isinstance(written, Table) else set[str]()
    try:
        return (group_rules_of(entry.spec, members), []) if not broken else ((), [])
    except ConditionError:
        return (), list(_Explaining(entry, members, known).problems(broken))


@dataclass(frozen=True, slots=True)
class _Explaining:
    """What does not fit in one rule."""

    entry: Entry[RuleSpec]
    members: Mapping[str, Profile]
    known: Mapping[str, Profile]

    def problems(self, broken: set[str]) -> Iterator[Problem]:
        """The problems, each where it stands. `broken` are the functions that are reported already."""
        spec = self.entry.spec
        if spec.at_least is not None:
            at_least = spec.at_least
            compile_ = partial(compile_at_least, at_least, self.members)
            yield from self._of_function(compile_, at_least.when, ("at_least",), "when", "at_least")
            return
        functions: dict[str, GroupFunction] = {}
        for name, each in spec.let.items():
            if not isinstance(each, MemberFunction):
                continue
            given = getattr(each, each.function)
            found = list(
                self._of_function(
                    partial(compile_function, each, self.members), given, ("let", name), each.function, name
                )
            )
            yield from found
            if found:
                broken.add(name)
            else:
                functions[name] = compile_function(each, self.members)
        if functions:
            words = Vocabulary(as_profile(functions), self.known, further=frozenset(broken))
            yield from self._of_conditions(spec, (), words, broken)
            for index, level in enumerate(spec.levels):
                yield from self._of_conditions(level, ("levels", index), words, broken)

    def _of_members(self) -> frozenset[str]:
        names = (profile.metrics.keys() | profile.attributes.keys() for profile in self.members.values())
        return frozenset[str]().union(*names)

    def _of_function(
        self, compile_: Callable[[], object], given: str | dict[str, str], at: Location, key: str, name: str
    ) -> Iterator[Problem]:
        """What does not fit in a function of a condition or metric that stands under this key."""
        try:
            compile_()
        except ConditionError as error:
            found = list(self._of_member(given, (*at, key), name))
            if found:
                yield from found
                return
            sentence, _, excerpt = str(error).partition("\n")
            what, _, hint = sentence.partition(": ")
            if isinstance(given, str) and given.isidentifier() and " has no metric " in what:
                metrics = {each for profile in self.members.values() for each in profile.metrics}
                hint = did_you_mean(given, metrics, kind="metrics")
            place = (*self.entry.at, *at, key)
            what = f"{name} of {self.entry.spec.id}: {what}" if name != "at_least" else f"at_least: {what}"
            yield self.entry.document.problem(place, what, hint, excerpt=excerpt)

    def _of_member(self, given: str | dict[str, str], at: Location, name: str) -> Iterator[Problem]:
        """What does not fit in the condition on a member: of profiles with one condition the first that it misfits."""
        if at[-1] not in ("when", "count", "share"):
            return
        for profile_name, profile in self.members.items():
            text = given if isinstance(given, str) else given[profile_name]
            place = (*self.entry.at, *at) if isinstance(given, str) else (*self.entry.at, *at, profile_name)
            compile_ = partial(_compile_member, profile=profile)
            try:
                compile_(text)
            except ConditionError as error:
                words = Vocabulary(profile, self.known, further=frozenset({SILENT}))
                for each in explain(text, error, words, compile_):
                    what = f"{name} of {self.entry.spec.id}, for {profile_name}: {each.what}"
                    hint = each.hint
                    if isinstance(given, str) and len(self.members) > 1:
                        hint += f"{'; ' if hint else ''}or write one condition for each profile"
                    yield self.entry.document.problem(place, what, hint, excerpt=each.excerpt)
                if isinstance(given, str):
                    return

    def _of_conditions(
        self, spec: RuleSpec | LevelSpec, at: Location, words: Vocabulary, broken: set[str]
    ) -> Iterator[Problem]:
        for key, text in (("when", spec.when), ("clear_when", spec.clear_when)):
            if not text or not broken.isdisjoint(names_in(text)):
                continue
            compile_ = partial(_compile_group, profile=words.profile)
            try:
                compile_(text)
            except ConditionError as error:
                for each in explain(text, error, words, compile_):
                    found = self._as_members(each.what, each.hint)
                    what = f"{key} of {self.entry.spec.id}: {found[0]}"
                    yield self.entry.document.problem((*self.entry.at, *at, key), what, found[1], excerpt=each.excerpt)

    def _as_members(self, what: str, hint: str) -> tuple[str, str]:
        """A metric of the members in a condition of the group: it must be derived."""
        for name in sorted(self._of_members()):
            if f"'{name}'" in what:
                derived = f"derive one value of the members, such as let: {{highest: {{max: {name}}}}}"
                return f"{name} is of one member, and this condition of the group", derived
        return what, hint


def _compile_member(text: str, profile: Profile) -> object:
    return compile_member_condition(text, profile)


def _compile_group(text: str, profile: Profile) -> object:
    return compile_condition(text, profile)
