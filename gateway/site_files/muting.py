"""What in a site's files can keep a life-safety alarm from people: one list of everything that could.

`facility-gateway check` refuses or names each of them, so that a site without findings mutes no such alarm.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gateway.site_files.catalogue import Catalogues
from gateway.site_files.documents import Document, Series
from gateway.site_files.problems import Gravity, Problem, first_of


@dataclass(frozen=True, slots=True)
class MutingKey:
    """A key of a rule by which its alarm may not come, or not be told."""

    key: str
    what: str
    """What it would do, for the error."""


MUTING_KEYS = (
    MutingKey("active", "the rule would not be evaluated at other times"),
    MutingKey("inhibited_by", "people would not be told while another alarm stands"),
    MutingKey("chatter", "people would not be told of an alarm that comes and goes"),
)
"""Each is an error in a rule with `life_safety`."""


def check_muting_keys(catalogues: Catalogues) -> Iterator[Problem]:
    """Errors: keys of life-safety rules by which their alarms could be muted."""
    for entry in catalogues.rules.entries.values():
        for muting in MUTING_KEYS if entry.spec.life_safety else ():
            if muting.key in entry.spec.model_fields_set:
                what = f"{entry.spec.id} is a life-safety rule, and {muting.key} would mute it: {muting.what}"
                yield entry.problem(what, f"remove {muting.key}", at=(muting.key,), of_key=True)


def check_muting(catalogues: Catalogues, document: Document) -> Iterator[Problem]:
    """Warnings: everything else in the files that leaves a danger to life without its alarm."""
    for find in MUTES:
        yield from find(catalogues, document)


def _disabled_rules(catalogues: Catalogues, document: Document) -> Iterator[Problem]:
    """Shipped life-safety rules that the site disables."""
    used = {entry.spec.profile for entry in catalogues.devices.entries.values()}
    names = document.value(("disable_rules",))
    for index, name in enumerate(names if isinstance(names, Series) else ()):
        rule = catalogues.shipped_rules.entries.get(str(name))
        if rule is not None and rule.spec.life_safety and not used.isdisjoint(rule.spec.applies_to.names):
            what = f"{name} is a life-safety rule, and is disabled: its alarm never comes"
            hint = "remove it here, unless a rule of the site watches for the same danger"
            yield document.remark(Gravity.WARNING, ("disable_rules", index), what, hint)


def _replaced_rules(catalogues: Catalogues, _document: Document) -> Iterator[Problem]:
    """The site's rules that replace a shipped life-safety rule by less."""
    for name, own in catalogues.own_rules.entries.items():
        shipped = catalogues.shipped_rules.entries.get(name)
        if shipped is None or not shipped.spec.life_safety:
            continue
        if not own.spec.life_safety:
            what = f"{name} replaces a shipped life-safety rule, and is none itself: its alarm can be muted"
            yield own.warning(what, "write life_safety: true", at=("id",))
        left = [
            device.spec.id
            for device in catalogues.devices.entries.values()
            if shipped.spec.applies_to.includes(device.spec) and not own.spec.applies_to.includes(device.spec)
        ]
        if left:
            what = f"{name} replaces a shipped life-safety rule, and does not watch {first_of(left)}"
            hint = "let it watch these too, or give it another id so that the shipped one stays"
            yield own.warning(what, hint, at=("applies_to",))


MUTES: tuple[Callable[[Catalogues, Document], Iterator[Problem]], ...] = (_disabled_rules, _replaced_rules)
"""Add whatever can keep an alarm from people here, unless it is a key of the rule."""
