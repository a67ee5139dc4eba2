"""Mutates the rule library, and runs its tests: `python -m benchmarks.mutations [RULE…]`.

Each limit is changed by a tenth (a whole number by one at least), each delay and window by a fifth (by a second at
least), and each comparison, connective and negation is turned; so are the defaults of attributes. A mutant with which
all tests of its rule still pass has survived: no test watches what was changed. Survivors are listed; the exit code is
1 where fewer than 95 % were caught.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.mutations.trials import Trials, Verdict

LEAST_CAUGHT = 0.95
_ROOT = Path(__file__).parent.parent.parent


def main(arguments: Sequence[str] | None = None) -> int:
    """Try all mutants, and print those that no test notices."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutations", description=__doc__.split("\n")[0])
    parser.add_argument("rules", metavar="RULE", nargs="*", help="by id; all shipped rules unless given")
    parser.add_argument("--tests", type=Path, default=_ROOT / "rules" / "tests", help="where the tests of rules are")
    parser.add_argument("--jobs", type=int, default=2, help="how many processes try mutants")
    options = parser.parse_args(arguments)
    begun = time.perf_counter()
    trials = Trials(sorted(options.tests.glob("*.yaml")))
    if unknown := [rule for rule in options.rules if rule not in trials.rules]:
        parser.error(f"no shipped rule is called {', '.join(unknown)}")
    for failing in trials.failing:
        print(f"fails without any change: {failing}")
    rules = options.rules or trials.rules
    verdicts = list[Verdict]()
    for number, verdict in enumerate(_verdicts(trials, rules, jobs=options.jobs), 1):
        verdicts.append(verdict)
        print(f"\r{number} of {len(rules)} rules", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    _print(verdicts)
    caught, tried = _caught(verdicts)
    tested = [each for each in verdicts if each.tests]
    print(
        f"\n{caught} of {tried} mutants of {len(verdicts)} rules caught, {_percent(caught, tried)}; "
        f"of the {len(tested)} rules with tests {_percent(*_caught(tested))}; in {time.perf_counter() - begun:.0f} s"
    )
    return 0 if tried and caught / tried >= LEAST_CAUGHT and not trials.failing else 1


def _verdicts(trials: Trials, rules: Sequence[str], *, jobs: int) -> Iterator[Verdict]:
    if jobs == 1:
        yield from map(trials.of_rule, rules)
        return
    # The children have what the parent has read, with its compiled conditions.
    with multiprocessing.get_context("fork").Pool(jobs, _adopted.append, (trials,)) as pool:
        yield from pool.imap(_try, rules)


def _print(verdicts: Sequence[Verdict]) -> None:
    """Survivors of the rules that have tests, and which have none."""
    if without := [each.rule for each in verdicts if not each.tests]:
        print(f"\nRules without a test: {len(without)}\n\n{', '.join(without)}")
    survivors = [mutant for verdict in verdicts if verdict.tests for mutant in verdict.survivors]
    if survivors:
        print("\nSurvivors:\n")
    for mutant in survivors:
        file = mutant.file.relative_to(_ROOT) if mutant.file.is_relative_to(_ROOT) else mutant.file
        print(f"- {file}:{mutant.line} {mutant.rule} — {mutant.change}")


def _caught(verdicts: Sequence[Verdict]) -> tuple[int, int]:
    """How many mutants were caught, of how many."""
    tried = sum(each.mutants for each in verdicts)
    return tried - sum(len(each.survivors) for each in verdicts), tried


_adopted: list[Trials] = []
"""In a child: what its parent has read."""


def _percent(caught: int, tried: int) -> str:
    return f"{caught / tried:.1%}" if tried else "none"


def _try(rule: str) -> Verdict:
    return _adopted[0].of_rule(rule)


if __name__ == "__main__":
    sys.exit(main())
