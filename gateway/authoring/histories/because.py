"""Why a rule has raised an alarm or has not, as the API would say at this moment of a test."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gateway.api.group_reasons import group_sentences
from gateway.api.groups import shown_values
from gateway.api.reasons import Situation, sentences
from gateway.api.silence_reasons import of_presence
from gateway.authoring.histories.claims import Words
from gateway.authoring.histories.persons import subject_of
from gateway.authoring.histories.play import Play
from gateway.core.alarms.annunciator import Annunciator
from gateway.core.alarms.lifecycle import State
from gateway.core.devices.presence import Presences
from gateway.core.kernel.times import written_duration
from gateway.core.kernel.values import readable
from gateway.core.rules.evaluator import Evaluator
from gateway.core.rules.explanation import Explanation
from gateway.core.rules.silence import SILENT


def reasons(play: Play, rule: str, subject: str) -> Iterator[str]:
    """Lines on the rule and this subject: its delays, then the sentences of `facility-gateway why`."""
    engine = play.engine
    latest = play.standing.last_alarms.get(f"{rule}/{subject}")
    is_over = latest is not None and latest.state is State.NORMAL
    record, over = (None, latest) if is_over else (latest, None)
    for group in engine.part(Evaluator).groups(rule, subject_of(subject)):
        yield f"{rule} on {subject}{''.join(_delays(group.levels))}"
        for sentence in group_sentences(group, shown_values(group), record, over, play.wall):
            yield f"  {sentence}"
    view = engine.devices.find(subject)
    if view is None:
        return
    if rule == SILENT:
        yield f"{rule} on {subject}"
        presence, every = engine.part(Presences).find(subject), view.profile.expect_every_of(view.spec)
        parents = play.history.configuration.site.topology.parents_of(subject)
        told = of_presence(subject, presence, every=every, received=view.received, parents=parents, now=play.wall)
        yield from (f"  {sentence}" for sentence in told)
    levels = engine.part(Evaluator).explain(rule, subject)
    if not levels:
        return
    yield f"{rule} on {subject}{''.join(_delays(levels))}"
    standing = engine.part(Annunciator).standing_on(subject)
    alarm = next((each for each in standing if each.rule == rule), None)
    profile = view.profile
    units = {name: each.unit for name, each in profile.metrics.items()}
    units |= {name: each.unit for name, each in profile.attributes.items()}
    units |= {name: each.unit for level in levels for name, each in level.rule.let.items()}
    shown = {
        each.name: "unknown" if each.value is None else readable(each.value, units.get(each.name, ""))
        for level in levels
        for each in level.values
    }
    situation = Situation(levels, view, alarm, record, over, play.wall, knows_time=engine.knows_time)
    for sentence in sentences(situation, shown):
        yield f"  {sentence}"


def metrics_of(words: Words, rule: str) -> set[str]:
    """The metrics that a rule reads."""
    return {name for each in words.configuration.every_rule if each.id == rule for name in each.metrics}


def _delays(levels: Sequence[Explanation]) -> Iterator[str]:
    for level in levels:
        rule = level.rule
        level_name = f"{rule.spec.severity.value}: " if len(levels) > 1 else ""
        parts = [f"for {written_duration(rule.on_delay)}"] if rule.on_delay else []
        parts += [f"clear_for {written_duration(rule.off_delay)}"] if rule.off_delay else []
        if parts:
            yield f"; {level_name}{', '.join(parts)}"
