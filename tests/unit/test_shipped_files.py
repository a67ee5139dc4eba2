"""The shipped profiles and rules as files: they load, and speak both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.core.configuration import Configuration
from gateway.core.kernel.urgency import Severity
from gateway.site_files import check_site, load_configuration, shipped_files
from tests.unit.site_files import write

SITE = "site: {id: test, name: {en: Test}}\ndevices:\n" + "".join(
    f"  - {{id: {file.stem}, profile: {file.stem}}}\n" for file in shipped_files("device_profiles")
)


@pytest.fixture(scope="module")
def configuration(tmp_path_factory: pytest.TempPathFactory) -> Configuration:
    return load_configuration(write(tmp_path_factory.mktemp("site"), {"site.yaml": SITE}))


def test_the_shipped_files_have_no_problems(tmp_path: Path) -> None:
    assert check_site(write(tmp_path, {"site.yaml": SITE})) == []


def test_each_profile_stands_in_a_file_of_its_name(configuration: Configuration) -> None:
    assert sorted(configuration.profiles) == [file.stem for file in shipped_files("device_profiles")]


def test_every_text_that_people_read_is_there_in_chinese_too(configuration: Configuration) -> None:
    texts = [(f"profile {name}", profile.title) for name, profile in configuration.profiles.items()]
    for name, profile in configuration.profiles.items():
        texts += [(f"{name}.{metric}", each.title) for metric, each in profile.metrics.items() if each.title]
        assert all(metric.title for metric in profile.metrics.values()), name
        texts += [(f"{name}/{dialect}", each.title) for dialect, each in profile.dialects.items() if each.title]
        assert all(each.title for each in profile.dialects.values()), name
    for rule in configuration.rules:
        texts.append((f"title of {rule.id}", rule.spec.title))
        assert rule.spec.guidance is not None, rule.id
        texts.append((f"guidance of {rule.id}", rule.spec.guidance))

    assert [where for where, text in texts if not text.zh] == []


def test_danger_to_life_is_critical_and_answered_first(configuration: Configuration) -> None:
    for rule in configuration.rules:
        if rule.spec.life_safety:
            assert rule.spec.severity is Severity.CRITICAL, rule.id
            assert rule.spec.ticket is None or rule.spec.ticket.priority == "P1", rule.id
