"""Compiles rules against their profile: their derived values, and the conditions that read these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from gateway.core.kernel.errors import ConditionError
from gateway.core.kernel.urgency import rank
from gateway.core.profiles.profile import Profile
from gateway.core.rules.conditions import Condition, Variable, compile_condition, is_of_another, with_deadband
from gateway.core.rules.groups.functions import (
    COUNTED,
    GroupFunction,
    as_profile,
    compile_at_least,
    compile_function,
    condition_of,
)
from gateway.core.rules.groups.written import MemberFunction
from gateway.core.rules.level import LevelSpec
from gateway.core.rules.roles import RoleMetric, RoleProfiles, role_variables
from gateway.core.rules.rule import OF_LEVELS, Rule, RuleSpec
from gateway.core.rules.windows.derivation import Derivation, derive
from gateway.core.rules.windows.let import Let
from gateway.core.rules.windows.thresholds import compared_with

_NO_ROLES: RoleProfiles = {}


def group_rules_of(spec: RuleSpec, profiles: Mapping[str, Profile]) -> tuple[Rule, ...]:
    """Compile a rule with `group_by` against the profiles of the members, by name: once, or for each of its levels.

    Raises:
        ConditionError: something does not fit the profiles.
    """
    if spec.at_least is not None:
        functions = {COUNTED: compile_at_least(spec.at_least, profiles)}
        return (replace(_rule(spec, condition_of(spec.at_least), None), functions=functions),)
    functions = {
        name: compile_function(each, profiles) for name, each in spec.let.items() if isinstance(each, MemberFunction)
    }
    profile = as_profile(functions)
    if not spec.levels:
        return (_compile_group_rule(spec, functions, profile),)
    levels = sorted(spec.levels, key=lambda level: rank(level.severity))
    return tuple(_compile_group_rule(_as_rule(spec, level), functions, profile, is_level=True) for level in levels)


def rules_of(spec: RuleSpec, profile: Profile, roles: RoleProfiles = _NO_ROLES) -> tuple[Rule, ...]:
    """Compile the rule: once, or once for each of its levels.

    The most severe comes first, so that a reading which breaches two levels tells people once.

    Args:
        roles: the profiles of the devices that its conditions may read by role.

    Raises:
        ConditionError: a condition does not fit the profile.
    """
    if not spec.levels:
        return (compile_rule(spec, profile, roles),)
    levels = sorted(spec.levels, key=lambda level: rank(level.severity))
    return tuple(compile_rule(_as_rule(spec, level), profile, roles, is_level=True) for level in levels)


def compile_rule(spec: RuleSpec, profile: Profile, roles: RoleProfiles = _NO_ROLES, *, is_level: bool = False) -> Rule:
    """Compile the conditions of a rule without levels, or of one level in the form of a rule.

    Raises:
        ConditionError: a condition does not fit the profile.
    """
    let = {name: compile_let(name, each, profile) for name, each in spec.let.items() if isinstance(each, Let)}
    variables = {name: Variable(each.type, each.metrics) for name, each in let.items()}
    clearing = spec.clear_when if spec.deadband is None else with_deadband(spec.when, spec.deadband)
    variables |= role_variables(f"{spec.when}\n{clearing or ''}", roles, life_safety=spec.life_safety)
    when = compile_condition(spec.when, profile, variables)
    clear_when = compile_condition(clearing, profile, variables) if clearing is not None else None
    read = when.names | (clear_when.names if clear_when else frozenset())
    timed = [name for name, each in let.items() if each.is_timed and name in read]
    trees = [each.tree for each in (when, clear_when) if each is not None]
    return replace(
        _rule(spec, when, clear_when, is_level=is_level),
        let={name: each for name, each in let.items() if name in read},
        elsewhere={name: RoleMetric.of(name) for name in sorted(read) if is_of_another(name)},
        compared=compared_with(timed, trees),
    )


def compile_let(name: str, let: Let, profile: Profile) -> Derivation:
    """Compile a derived value.

    Raises:
        ConditionError: it does not fit the profile, or the profile has something else of its name.
    """
    if name in profile.metrics or name in profile.attributes:
        what = "a metric" if name in profile.metrics else "an attribute"
        raise ConditionError(f"{name} is {what} of the profile {profile.profile} already: write another name")
    return derive(let, profile)


def _compile_group_rule(
    spec: RuleSpec, functions: Mapping[str, GroupFunction], profile: Profile, *, is_level: bool = False
) -> Rule:
    clearing = spec.clear_when if spec.deadband is None else with_deadband(spec.when, spec.deadband)
    when = compile_condition(spec.when, profile)
    clear_when = compile_condition(clearing, profile) if clearing is not None else None
    return replace(_rule(spec, when, clear_when, is_level=is_level), functions=functions)


def _rule(spec: RuleSpec, when: Condition, clear_when: Condition | None, *, is_level: bool = False) -> Rule:
    return Rule(
        spec=spec,
        id=spec.id,
        key=f"{spec.id}/{spec.severity.value}" if is_level else spec.id,
        when=when,
        clear_when=clear_when,
        metrics=when.metrics | (clear_when.metrics if clear_when else frozenset()),
        on_delay=spec.for_,
        off_delay=spec.clear_for,
    )


def _as_rule(spec: RuleSpec, level: LevelSpec) -> RuleSpec:
    return spec.model_copy(update={"levels": (), **{name: getattr(level, name) for name in OF_LEVELS}})
