"""What is wrong with the derived values of a rule."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.core.kernel.errors import ConditionError
from gateway.core.rules.compiling import compile_let
from gateway.core.rules.conditions import Variable, compile_condition
from gateway.core.rules.rule import RuleSpec
from gateway.core.rules.windows.let import OF_CONDITIONS, Let
from gateway.site_files.catalogue import Entry
from gateway.site_files.condition_hints import Explained, explain
from gateway.site_files.condition_reader import Vocabulary
from gateway.site_files.documents import Table
from gateway.site_files.problems import Problem, did_you_mean


@dataclass(slots=True)
class Lets:
    """The derived values of one rule."""

    variables: dict[str, Variable] = field(default_factory=dict)
    """Those that fit, as conditions read them."""
    broken: set[str] = field(default_factory=set)
    """The others. Conditions that read one are checked when it is corrected."""
    problems: list[Problem] = field(default_factory=list)


def check_lets(entry: Entry[RuleSpec], words: Vocabulary) -> Lets:
    """Check the derived values of a rule against its profile."""
    lets, profile = Lets(), words.profile
    written = entry.document.value((*entry.at, "let"))
    if isinstance(written, Table):  # what the model has rejected is reported already
        lets.broken |= {str(name) for name in written} - entry.spec.let.keys()
    for name, let in entry.spec.let.items():
        if not isinstance(let, Let):
            continue
        if name in profile.metrics or name in profile.attributes:
            what = f"{name} is {'a metric' if name in profile.metrics else 'an attribute'} of the profile already"
            hint = f"write another name, such as {name}_{let.function}"
            lets.problems.append(entry.problem(what, hint, at=("let", name), of_key=True))
            lets.broken.add(name)
            continue
        try:
            derivation = compile_let(name, let, profile)
        except ConditionError as error:
            at = (*entry.at, "let", name, let.function)
            for each in _explained(let, error, words):
                what = f"{name} of {entry.spec.id}: {each.what}"
                lets.problems.append(entry.document.problem(at, what, each.hint, excerpt=each.excerpt))
            lets.broken.add(name)
        else:
            lets.variables[name] = Variable(derivation.type, derivation.metrics)
    return lets


def _explained(let: Let, error: ConditionError, words: Vocabulary) -> list[Explained]:
    argument = let.argument
    if let.function in OF_CONDITIONS or (let.function == "count" and not argument.isidentifier()):
        return explain(argument, error, words, lambda text: compile_condition(text, words.profile))
    sentence, _, excerpt = str(error).partition("\n")
    is_unknown = argument.isidentifier() and argument not in words.profile.metrics
    hint = did_you_mean(argument, words.profile.metrics, kind="metrics") if is_unknown else ""
    return [Explained(sentence, hint, excerpt)]
