"""Which rules have been decided in a test: their condition was true or false, by values that the test has sent.

A test that expects no alarm of a rule which never could decide shows nothing: the metric may be misspelt in the site's
profile, or the values of another device were sent.
"""

from __future__ import annotations

from gateway.authoring.histories.reading import History
from gateway.core.alarms.builtin import BUILTIN_IDS
from gateway.core.engine import Engine
from gateway.core.rules.evaluator import Evaluator
from gateway.core.rules.explanation import Explanation, Origin

_SENT = (Origin.REPORTED, Origin.DERIVED, Origin.PAST)


class Decisions:
    """Which of these rules have not been decided yet."""

    def __init__(self, history: History, rules: set[str]) -> None:
        configuration = history.configuration
        devices = configuration.site.devices.values()
        builtin = {str(each) for each in BUILTIN_IDS}
        self.open = {
            rule: [
                device.id
                for device in devices
                if any(each.id == rule and each.watches(device) for each in configuration.rules)
            ]
            for rule in rules
            if rule not in builtin
        }
        """The devices that each of them watches."""

    def look(self, engine: Engine) -> None:
        """Look which can be decided now."""
        if not self.open:
            return
        explain = engine.part(Evaluator).explain
        for rule, devices in [*self.open.items()]:
            if any(_is_decided(each) for device in devices for each in explain(rule, device)):
                del self.open[rule]


def _is_decided(explanation: Explanation) -> bool:
    if explanation.when is None:
        return False
    values = explanation.values
    return not any(each.origin is not Origin.ATTRIBUTE for each in values) or any(
        each.origin in _SENT and (each.value is not None or each.origin is Origin.PAST) for each in values
    )
