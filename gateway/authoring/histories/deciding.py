"""Which rules have been decided in a test: their condition was true or false, by values that the test has sent.

A test that expects no alarm of a rule which never could decide shows nothing: the metric may be misspelt in the site's
profile, or the values of another device were sent.
"""

from __future__ import annotations

from gateway.authoring.histories.reading import History
from gateway.core.engine import Engine
from gateway.core.kernel.times import Micros
from gateway.core.rules.evaluator import Evaluator
from gateway.core.rules.explanation import Explanation
from gateway.core.rules.groups.part import Groups
from gateway.core.rules.groups.watch import GroupWatch


class Decisions:
    """Which of these rules have not been decided yet."""

    def __init__(self, history: History, rules: set[str]) -> None:
        devices = history.configuration.site.devices.values()
        conditions = [rule for rule in history.configuration.rules if rule.id in rules]
        self.open = {rule.id: [device.id for device in devices if rule.watches(device)] for rule in conditions}
        """The devices that each of them watches. Those that are built in have no condition that a test could miss."""

    def look(self, engine: Engine) -> None:
        """Look which can be decided now."""
        if not self.open:
            return
        explain, groups = engine.part(Evaluator).explain, engine.part(Groups).watches
        for rule, devices in [*self.open.items()]:
            of_devices = any(_is_decided(each, engine, device) for device in devices for each in explain(rule, device))
            if of_devices or any(_is_group_decided(each, engine) for (name, _), each in groups.items() if name == rule):
                del self.open[rule]


def _is_decided(explanation: Explanation, engine: Engine, device: str) -> bool:
    """By values that the device has sent, or another one of the place that the rule reads.

    A count over an empty window is 0, and a default holds without any message: neither is evidence.
    """
    if explanation.when is None:
        return False
    rule = explanation.rule
    if not rule.metrics and not rule.elsewhere:
        return True  # it reads constants alone
    has_sent = not rule.metrics.isdisjoint(engine.devices[device].times)
    return has_sent or any(each.device is not None and each.time is not None for each in explanation.values)


def _is_group_decided(group: GroupWatch, engine: Engine) -> bool:
    """The same of a rule over a group: all is known of some members, and that is enough."""
    if engine.blind_since is not None or len(group.unknown()) == len(group.members):
        return False
    return any(group.breaches(rule, latest_of(group)) is not None for rule in group.rules)


def latest_of(group: GroupWatch) -> Micros:
    """The latest time for which the group was judged, by the gateway's clock: to ask for it moves nothing."""
    return group.clock.reached + group.clock.lag
