"""What docs/site-files.md and its Chinese counterpart show is what the gateway does."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.core.kernel.times import MINUTE, from_datetime, parse_duration
from gateway.core.kernel.urgency import Priority
from gateway.core.site.distance import Ring
from gateway.core.work.clocks import ClockKind
from gateway.core.work.escalation import chain_of
from gateway.core.work.holds import PAUSES, HoldReason
from gateway.core.work.level_spec import WorkKind
from gateway.core.work.levels import RINGS, ServiceLevels, Work
from gateway.core.work.sla import DEFAULT_SLA
from gateway.site_files import check_site, load_configuration
from gateway.site_files.problems import Gravity
from gateway.site_files.review import review_site
from tests.unit.site_files import said, write

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(params=["site-files.md", "zh/site-files.md"])
def page(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return (DOCS / name).read_text(encoding="utf-8")


def blocks(page: str, kind: str) -> list[str]:
    """The code blocks of one language."""
    return re.findall(rf"```{kind}\n(.*?)```", page, flags=re.DOTALL)


def examples(page: str) -> dict[str, str]:
    """The YAML examples by the file name in their first line, which stays: errors name lines as in the page."""
    return {text.split("\n", 1)[0].removeprefix("# "): text for text in blocks(page, "yaml")}


def test_the_example_site_has_no_mistakes(page: str, tmp_path: Path) -> None:
    file = write(tmp_path, examples(page))

    assert check_site(file) == []
    assert sorted(load_configuration(file).site.devices) == ["leak-b1-1", "lift-b1-1", "pump-b1-1", "sewage-b1-1"]


@pytest.mark.parametrize("directory", [DOCS, DOCS / "zh"], ids=["en", "zh"])
def test_the_examples_of_people_and_hours_are_files_of_that_site(directory: Path, tmp_path: Path) -> None:
    site, hours = (
        examples((directory / name).read_text(encoding="utf-8")) for name in ("site-files.md", "people-and-hours.md")
    )
    included = "".join(f"  - {name}\n" for name in hours)
    with_hours = site["site.yaml"].replace("  - devices/*.yaml\n", f"  - devices/*.yaml\n{included}")
    file = write(tmp_path, {**site, **hours, "site.yaml": with_hours})
    now = from_datetime(datetime(2026, 11, 30, tzinfo=UTC))

    found = review_site(file, now=now).problems

    assert [str(problem) for problem in found if problem.gravity is Gravity.ERROR] == []
    loaded = load_configuration(file).site
    assert list(loaded.people) == ["tech-1", "tech-2", "guard-1"]
    assert len(loaded.maintenance) == 3
    assert [person.id for person in loaded.on_duty("engineering", now) or ()] == ["tech-1"]


@pytest.mark.parametrize("directory", [DOCS, DOCS / "zh"], ids=["en", "zh"])
def test_the_example_of_dispatch_belongs_to_that_site(directory: Path, tmp_path: Path) -> None:
    site, hours, (dispatch,) = (
        blocks((directory / name).read_text(encoding="utf-8"), "yaml")
        for name in ("site-files.md", "people-and-hours.md", "dispatch.md")
    )
    files = {text.split("\n", 1)[0].removeprefix("# "): text for text in (*site, *hours)}
    included = "".join(f"  - {text.split(chr(10), 1)[0].removeprefix('# ')}\n" for text in hours)
    whole = files["site.yaml"].replace("  - devices/*.yaml\n", f"  - devices/*.yaml\n{included}") + dispatch
    file = write(tmp_path, {**files, "site.yaml": whole})

    assert said(check_site(file), tmp_path) == []
    spec = load_configuration(file).dispatch
    assert spec is not None
    assert (spec.accept_within, spec.teams) == (3 * MINUTE, {"engineering": 5 * MINUTE, "security": "off"})


def examples_of_levels(directory: Path) -> tuple[dict[str, str], list[str]]:
    """The files of the page of service levels, and what it adds to the site file."""
    text = (directory / "service-levels.md").read_text(encoding="utf-8")
    parts = [block.split("\n", 1) for block in blocks(text, "yaml")]
    added = [part for name, part in parts if name == "# site.yaml"]
    return {name.removeprefix("# "): part for name, part in parts if name != "# site.yaml"}, added


@pytest.mark.parametrize("directory", [DOCS, DOCS / "zh"], ids=["en", "zh"])
def test_the_examples_of_service_levels_belong_to_that_site(directory: Path, tmp_path: Path) -> None:
    site, hours = (
        examples((directory / name).read_text(encoding="utf-8")) for name in ("site-files.md", "people-and-hours.md")
    )
    included, added = examples_of_levels(directory)
    names = "".join(f"  - {name}\n" for name in (*hours, *included))
    whole = site["site.yaml"].replace("  - devices/*.yaml\n", f"  - devices/*.yaml\n{names}") + "".join(added)
    file = write(tmp_path, {**site, **hours, **included, "site.yaml": whole})

    assert said(check_site(file), tmp_path) == []
    configuration = load_configuration(file)
    assert len(added) == 4
    metres = configuration.site.distances.metres("b2.office", "b2.roof")
    assert metres == 15 + 90
    levels = configuration.service_levels
    lift = levels.of(Work(category="elevator", priority=Priority.P1), 0)
    assert (lift.targets[ClockKind.RESPOND], lift.warn_share) == (3 * MINUTE, 0.5)
    chain = chain_of(configuration.escalation, team="engineering", priority=Priority.P1, category="pump")
    assert [level.after for level in chain.levels] == [0, 0, 30 * MINUTE]


@pytest.mark.parametrize("directory", [DOCS, DOCS / "zh"], ids=["en", "zh"])
def test_the_shipped_targets_are_those_of_the_page_of_service_levels(directory: Path) -> None:
    text = (directory / "service-levels.md").read_text(encoding="utf-8")
    levels = ServiceLevels()

    complaints = re.findall(r"^\| \S.* \| (P\d) \| (\w+) \| none \| (\w+) \|$", text, flags=re.MULTILINE)
    assert [(priority, *map(parse_duration, cells)) for priority, *cells in complaints] == [
        (priority, found[ClockKind.RESPOND], found[ClockKind.RESOLVE])
        for priority in ("P2", "P3", "P4")
        for found in [levels.of(Work(category="", priority=Priority(priority), kind=WorkKind.COMPLAINT), 0).targets]
    ]
    rings = re.findall(r"^\| `(\w+)` \| [^|`]+ \| (\d\w+) \| (\d\w+) \|$", text, flags=re.MULTILINE)
    assert {ring: (parse_duration(respond), parse_duration(on_site)) for ring, respond, on_site in rings} == {
        ring.value: (spec.respond, spec.on_site) for ring, spec in RINGS.items()
    }
    combined = re.findall(r"^\| (P\d) \| (.+) \| (.+) \| (.+) \| (.+) \|$", text, flags=re.MULTILINE)
    assert {
        priority: [[parse_duration(each) for each in cell.split(", ")] for cell in row] for priority, *row in combined
    } == {
        priority: [
            [*levels.of(Work(category="", priority=Priority(priority), ring=ring), 0).targets.values()][:2]
            for ring in (None, *Ring)
        ]
        for priority in ("P1", "P2")
    }
    holds = re.findall(r"^\| `(\w+)` \| [^|`]+ \| ([^|]+) \|$", text, flags=re.MULTILINE)
    assert {reason: {*re.findall(r"`(\w+)`", kinds)} for reason, kinds in holds if reason in [*HoldReason]} == {
        reason.value: {kind.value for kind in kinds} for reason, kinds in PAUSES.items()
    }


def test_the_broken_example_is_answered_as_the_page_says(page: str, tmp_path: Path) -> None:
    write(tmp_path, examples(page))
    (printed,) = blocks(page, "text")

    found = said(check_site(tmp_path / "broken.yaml"), tmp_path)

    assert "\n".join(found).replace(str(tmp_path), "/srv/riverside") == printed.rstrip("\n")


def test_the_default_deadlines_are_those_of_the_page(page: str) -> None:
    rows = re.findall(r"^\| (P\d) \| (\w+) \| (\w+) \| (\w+) \|$", page, flags=re.MULTILINE)

    assert {row[0]: tuple(parse_duration(cell) for cell in row[1:]) for row in rows} == {
        priority: (each.respond, each.on_site, each.resolve) for priority, each in DEFAULT_SLA.items()
    }
