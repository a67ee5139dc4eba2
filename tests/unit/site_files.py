"""Small sites as files, for the tests of what loads and checks them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from gateway.core.configuration import Configuration
from gateway.site_files import Problem, check_site

HEADER = "site: {id: riverside, name: {en: Riverside, zh: 滨江}, timezone: Asia/Shanghai, language: zh}\n"
PUMP = "devices: [{id: pump-1, profile: booster_pump}]\n"
RULE = """\
rules:
  - id: pump-warm
    applies_to: {profile: booster_pump}
    when: bearing_temperature > 60
    severity: info
    title: {en: Pump warm}
"""
FAN = """\
profile: fan
title: {en: Fan}
metrics:
  running: {type: bool}
messages:
  - {topic: "site/{site}/fan/{device}"}
"""


def write(home: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text, encoding="utf-8")
    return home / "site.yaml"


def only(configuration: Configuration, device: str) -> Configuration:
    """The same with this device alone: the decoders of one device are compiled in a fraction of the time."""
    spec = configuration.site.devices[device]
    return Configuration(
        replace(configuration.site, devices={device: spec}),
        {spec.profile: configuration.profiles[spec.profile]},
        tuple(rule for rule in configuration.rules if rule.watches(spec)),
        configuration.service_levels,
    )


def said(problems: Sequence[Problem], home: Path) -> list[str]:
    """The problems as they are printed, with short paths."""
    return [str(problem).replace(f"{home}/", "") for problem in problems]


def without_limits(problems: Sequence[Problem], home: Path) -> list[str]:
    """The same, without the notes of limits that a site should set."""
    return said([problem for problem in problems if "nobody has set" not in problem.what], home)


def problems_of(home: Path, site: str) -> list[str]:
    return said(check_site(write(home, {"site.yaml": site})), home)
