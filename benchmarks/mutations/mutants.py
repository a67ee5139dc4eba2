"""The mutants of a rule, and of the defaults of the attributes that its conditions read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from benchmarks.mutations.conditions import condition_mutants, names_of, number_mutants
from gateway.core.kernel.mistakes import Location
from gateway.core.kernel.times import SECOND, parse_duration, written_duration
from gateway.core.profiles.profile import Profile
from gateway.core.rules.rule import RuleSpec
from gateway.site_files.catalogue import Catalogues, Entry

_DURATIONS: Final = ("for", "clear_for", "over", "within", "apart")
_NUMBERS: Final = ("deadband", "by", "percent", "devices", "share")
_CONDITIONS: Final = ("when", "clear_when")
_OF_NO_CONDITION: Final = ("id", "applies_to", "title", "guidance", "ticket", "chatter", "realarm", "active")
"""Keys of a rule in which nothing is changed."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of a rule, or of the default of an attribute that it reads."""

    rule: str
    file: Path
    line: int
    change: str
    """What is changed: `for: 5s → 6s`."""
    spec: RuleSpec | None = None
    """The changed rule."""
    profile: Profile | None = None
    """The changed profile."""

    def applied_to(self, catalogues: Catalogues) -> Catalogues:
        """The library with this change."""
        changed = catalogues.copy()
        if self.spec is not None:
            entry = changed.shipped_rules.entries[self.rule]
            changed.shipped_rules.entries[self.rule] = replace(entry, spec=self.spec)
        if self.profile is not None:
            name = self.profile.profile
            entry_of_profile = changed.shipped_profiles.entries[name]
            changed.shipped_profiles.entries[name] = replace(entry_of_profile, spec=self.profile)
        return changed


def mutants_of(rule: str, catalogues: Catalogues) -> list[Mutant]:
    """Every mutant of a shipped rule that is a rule. Whether its conditions fit the profile is not known yet."""
    entry = catalogues.shipped_rules.entries[rule]
    raw = _plain(entry.document.value(entry.at))
    return [*_of_rule(entry, raw), *_of_defaults(entry, raw, catalogues)]


def _of_rule(entry: Entry[RuleSpec], raw: object) -> Iterator[Mutant]:
    for at, value, marked in _changes(raw, ()):
        try:
            spec = RuleSpec.model_validate(_with(raw, at, value))
        except ValidationError:
            continue  # no rule any more: an on-delay of less than nothing, a share above 1
        line = entry.document.position((*entry.at, *at))[0]
        path = ".".join(str(key) for key in at)
        yield Mutant(entry.spec.id, entry.document.file, line, f"{path}: {marked}", spec)


def _with(raw: object, at: Location, value: object) -> object:
    """The same with another value at one place."""
    if not at:
        return value
    items = [(key, _with(each, at[1:], value) if key == at[0] else each) for key, each in _items(raw)]
    return dict(items) if isinstance(raw, dict) else [each for _, each in items]


def _items(raw: object) -> Iterable[tuple[str | int, object]]:
    """Of a mapping or a list."""
    return raw.items() if isinstance(raw, dict) else enumerate(raw) if isinstance(raw, list) else ()


def _changes(raw: object, at: Location) -> Iterator[tuple[Location, object, str]]:
    """Where something can be changed, into what, and how that reads."""
    for key, value in _items(raw):
        here = (*at, key)
        if key in _OF_NO_CONDITION and not at:
            continue
        if key in _DURATIONS and isinstance(value, str):
            yield from ((here, changed, f"{value} → {changed}") for changed in _durations(value))
        elif key in _NUMBERS and isinstance(value, int | float):
            yield from ((here, changed, f"{value} → {changed}") for changed in _numbers(value))
        elif isinstance(value, str) and (key in _CONDITIONS or "let" in at or "when" in at):
            yield from ((here, changed.text, changed.marked) for changed in condition_mutants(value))
        else:
            yield from _changes(value, here)


def _numbers(value: float) -> Iterator[float]:
    for written in number_mutants(repr(value)):
        yield type(value)(float(written))


def _durations(written: str) -> Iterator[str]:
    """A fifth shorter and longer, at least by a second."""
    duration = parse_duration(written)
    step = max(SECOND, round(duration / 5 / SECOND) * SECOND)
    for changed in (duration - step, duration + step):
        if changed >= 0:
            yield written_duration(changed) if changed else "0s"


def _of_defaults(entry: Entry[RuleSpec], raw: object, catalogues: Catalogues) -> Iterator[Mutant]:
    names = frozenset[str]().union(*(names_of(text) for text in _conditions(raw)))
    for profile in entry.spec.applies_to.names:
        of_profile = catalogues.shipped_profiles.entries[profile]
        spec = of_profile.spec
        for name in sorted(names & spec.attributes.keys()):
            attribute = spec.attributes[name]
            default = attribute.default
            if isinstance(default, bool) or not isinstance(default, int | float):
                continue
            line = of_profile.document.position((*of_profile.at, "attributes", name))[0]
            for value in _numbers(default):
                changed = attribute.model_copy(update={"default": value})
                attributes = {**spec.attributes, name: changed}
                yield Mutant(
                    entry.spec.id,
                    of_profile.document.file,
                    line,
                    f"{profile}.{name}: {default} → {value}",
                    profile=spec.model_copy(update={"attributes": attributes}),
                )


def _conditions(raw: object) -> Iterator[str]:
    """All texts in which conditions may stand."""
    for key, value in _items(raw):
        if key in _OF_NO_CONDITION:
            continue
        if isinstance(value, str):
            yield value
        else:
            yield from _conditions(value)


def _plain(value: object) -> object:
    """Without the places in the file."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value
