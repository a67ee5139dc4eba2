"""The wheel, installed where nothing of the source tree can be seen, does the job by itself."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.servers import HOST, free_port

ROOT = Path(__file__).parents[2]
PACKED = ("pyproject.toml", "README.md", "LICENSE", "gateway", "simulators", "rules", "device_profiles", "checklists")
"""What a wheel is made from: the Dockerfile copies the same."""
SITE = """\
site: {id: home, name: {en: Home}}
devices:
  - {id: lift-1, profile: elevator}
  - {id: pump-1, profile: booster_pump}
  - {id: smoke-1, profile: smoke_detector}
  - {id: reader-1, profile: nfc_reader}
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the sources that has no caches and no earlier builds in it."""
    source = tmp_path_factory.mktemp("source")
    for name in PACKED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, source)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(source / "dist"), "."]
    built = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    (file,) = (source / "dist").glob("facility_gateway-*-py3-none-any.whl")
    return file


def requirements_of(distribution: importlib.metadata.Distribution, extras: set[str]) -> Iterator[Requirement]:
    """What it needs on this machine."""
    for text in distribution.requires or ():
        requirement = Requirement(text)
        if is_wanted(requirement, extras):
            yield requirement


def is_wanted(requirement: Requirement, extras: set[str]) -> bool:
    """Whether it is needed on this machine with these extras."""
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": each}) for each in {"", *extras})


def link_dependencies(wheel: Path, target: Path, extras: set[str]) -> None:
    """Put exactly what the wheel declares, and what that needs in turn, into `target`: links to what is installed."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = archive.read(name).decode()
    declared = [
        Requirement(line.removeprefix("Requires-Dist: ")) for line in re.findall(r"(?m)^Requires-Dist: .*", metadata)
    ]
    own = [each for each in declared if each.name == "facility-gateway" and is_wanted(each, extras)]
    chosen = extras.union(*(each.extras for each in own))
    wanted = [each for each in declared if each.name != "facility-gateway" and is_wanted(each, chosen)]
    done: set[tuple[str, str]] = set()
    while wanted:
        requirement = wanted.pop()
        key = requirement.name.lower(), ",".join(sorted(requirement.extras))
        if key in done:
            continue
        done.add(key)
        distribution = importlib.metadata.distribution(requirement.name)
        assert requirement.specifier.contains(distribution.version, prereleases=True), f"{requirement}: {distribution}"
        for top in {Path(file).parts[0] for file in distribution.files or ()} - {"..", "__pycache__"}:
            if not (target / top).exists():
                (target / top).symlink_to(Path(str(distribution.locate_file(top))))
        wanted.extend(requirements_of(distribution, requirement.extras))


class Installed:
    """A virtual environment with the wheel in it, and commands run in an empty directory."""

    def __init__(self, wheel: Path, directory: Path, *extras: str) -> None:
        self.directory = directory
        venv.create(directory / "venv", with_pip=False, symlinks=True)
        self.python = directory / "venv" / "bin" / "python"
        (self.packages,) = (directory / "venv" / "lib").glob("python3.*/site-packages")
        (directory / "dependencies").mkdir()
        link_dependencies(wheel, directory / "dependencies", set(extras))
        (self.packages / "dependencies.pth").write_text(f"{directory / 'dependencies'}\n")
        self.empty = directory / "empty"
        self.empty.mkdir()
        # With --no-index pip fails unless all that the wheel declares is there.
        chosen = f"{wheel}[{','.join(extras)}]" if extras else str(wheel)
        pip = [sys.executable, "-m", "pip", "--python", str(self.python), "install", "--no-index", chosen]
        installed = self.run(*pip)
        assert installed.returncode == 0, installed.stdout + installed.stderr

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("GATEWAY_", "PYTHON"))}
        return subprocess.run(
            command, cwd=self.empty, env=kept, capture_output=True, text=True, timeout=60, check=False
        )

    def gateway(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command that the wheel installs."""
        return self.run(str(self.python.with_name("facility-gateway")), *arguments)


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return Installed(wheel, tmp_path_factory.mktemp("installed"))


def test_the_wheel_holds_the_libraries_the_demo_and_the_migrations(wheel: Path) -> None:
    expected = {
        f"gateway/data/{file.relative_to(ROOT)}"
        for kind in ("rules", "device_profiles", "checklists")
        for file in (ROOT / kind).glob("*.yaml")
    }
    for package in ("gateway", "simulators"):
        expected |= {
            str(file.relative_to(ROOT))
            for file in (ROOT / package).rglob("*")
            if file.is_file() and "__pycache__" not in file.parts
        }
    assert {"gateway/demo/site.yaml", "gateway/demo/fleet.yaml", "gateway/data/rules/pumps.yaml"} <= expected
    assert "gateway/store/migrations/script.py.mako" in expected

    with zipfile.ZipFile(wheel) as archive:
        assert expected - set(archive.namelist()) == set()


def test_the_wheel_holds_nothing_that_belongs_to_the_source_tree_only(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"gateway", "simulators"}


def test_it_runs_from_its_own_environment_and_not_from_the_source_tree(installed: Installed) -> None:
    shown = installed.run(
        str(installed.python),
        "-c",
        "import json, sys, gateway, simulators; print(json.dumps([gateway.__file__, simulators.__file__, *sys.path]))",
    )
    assert shown.returncode == 0, shown.stderr
    gateway, simulators, *path = json.loads(shown.stdout)
    assert Path(gateway).is_relative_to(installed.packages)
    assert Path(simulators).is_relative_to(installed.packages)
    assert ROOT not in {(installed.empty / entry).resolve() for entry in path}


def test_it_knows_its_version(installed: Installed, wheel: Path) -> None:
    shown = installed.gateway("--version")
    assert (shown.returncode, shown.stdout.strip()) == (0, wheel.name.split("-")[1])


def test_it_checks_a_site_of_all_four_classes_with_the_shipped_libraries(installed: Installed) -> None:
    (installed.empty / "site.yaml").write_text(SITE)
    checked = installed.gateway("check", "--site", "site.yaml")
    assert checked.returncode == 0, checked.stderr
    assert re.fullmatch(
        r"site.yaml: no errors, 2 notes \(--verbose shows them\); \d+ devices of 4 profiles, \d+ rules\n",
        checked.stdout,
    )

    (installed.empty / "broken.yaml").write_text(SITE.replace("booster_pump", "booster_pmup"))
    checked = installed.gateway("check", "--site", "broken.yaml")
    assert checked.returncode == 1
    assert "did you mean 'booster_pump'?" in checked.stdout


def test_a_plain_installation_brings_no_broker_and_the_demo_says_what_to_install(installed: Installed) -> None:
    shown = installed.run(str(installed.python), "-c", "import amqtt")
    assert "No module named 'amqtt'" in shown.stderr
    shown = installed.gateway("demo", "--for", "8s")
    assert (shown.returncode, shown.stdout) == (1, "")
    assert "demo needs aiomqtt and amqtt" in shown.stderr
    assert "facility_gateway-VERSION.whl[demo]'" in shown.stderr
    shown = installed.run(str(installed.python), "-m", "simulators", "faults")
    assert (shown.returncode, shown.stdout) == (1, "")
    assert "facility_gateway-VERSION.whl[simulators]'" in shown.stderr


def test_a_short_demo_stores_readings_and_ends_by_itself(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    installed = Installed(wheel, tmp_path_factory.mktemp("demo"), "demo")
    http, mqtt = f"{HOST}:{free_port()}", f"{HOST}:{free_port()}"
    shown = installed.gateway("demo", "--for", "8s", "--http", http, "--mqtt", mqtt)
    assert shown.returncode == 0, shown.stdout + shown.stderr
    stored = re.search(r"(\d+) readings stored, 0 rejected", shown.stdout)
    assert stored is not None, shown.stdout
    assert int(stored[1]) > 0
