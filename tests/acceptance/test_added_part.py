"""A new part comes as new files and one line in `gateway/parts.py`, and the whole product runs with it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from gateway.store.database import current_revision
from tests.gateway_process import ROOT, GatewayProcess
from tests.servers import Mosquitto, Server, eventually
from tests.warm_process import WarmProcess

FILES = Path(__file__).parent / "added_part"
IMPORTS = """\
from gateway.api import tally
from gateway.core.tally import Tally
from gateway.store.tally.tables import TABLES as TALLY
"""
LINE = (
    "    Registration(name=Tally.name, make=lambda _files, seam: Tally(seam), tables=TALLY, routers=(tally.router,)),\n"
)
SITE = """
site: {id: trial, name: {en: Trial}}
devices:
  - {id: s1, profile: smoke_detector}
  - {id: s2, profile: smoke_detector}
"""


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources with the part in it."""
    sources = tmp_path_factory.mktemp("sources")
    for name in ("gateway", "rules", "device_profiles", "checklists"):
        shutil.copytree(ROOT / name, sources / name, ignore=shutil.ignore_patterns("__pycache__"))
    before = {file.relative_to(sources) for file in sources.rglob("*") if file.is_file()}
    for file in FILES.glob("gateway/**/*.py"):
        target = sources / file.relative_to(FILES)
        assert target.relative_to(sources) not in before, "adding a part changes no file but parts.py"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)
    migration = sources / "gateway/store/tally/migrations/NEXT_tally.py"
    last = current_revision()
    following = f"{int(last) + 1:04d}"
    migration.with_name(f"{following}_tally.py").write_text(
        migration.read_text().replace("NEXT", following).replace("LAST", last)
    )
    migration.unlink()
    parts = sources / "gateway/parts.py"
    text = parts.read_text()
    first_import, end_of_list = "from gateway.api import ", ")\n\n\ndef makers("
    assert (text.count(first_import), text.count(end_of_list)) == (1, 1)
    text = text.replace(first_import, IMPORTS + first_import).replace(end_of_list, LINE + end_of_list)
    parts.write_text(text)
    return sources


class Product(GatewayProcess):
    """The gateway from other sources than these."""

    program = sys.executable
    package = "python3"

    def __init__(self, sources: Path, directory: Path, site: Path, broker_port: int) -> None:
        super().__init__(directory, site, broker_port)
        self._sources = sources

    def arguments(self) -> list[str]:
        return ["-m", "gateway", *super().arguments()]

    def environment(self) -> dict[str, str]:
        return super().environment() | {"PYTHONPATH": str(self._sources)}

    def process(self, environment: dict[str, str], log: Path) -> subprocess.Popen[bytes] | WarmProcess:
        return Server.process(self, environment, log)


async def fire(broker: Mosquitto, device: str) -> None:
    async with aiomqtt.Client("127.0.0.1", broker.port) as client:
        await client.publish(f"site/trial/smoke_detector/{device}/telemetry", json.dumps({"smoke": True}), qos=1)


async def test_the_product_runs_with_a_part_of_its_own_state_timer_table_action_and_answers(
    sources: Path, tmp_path: Path, mosquitto: Mosquitto
) -> None:
    site = tmp_path / "site.yaml"
    site.write_text(SITE)

    def tally() -> Any:  # noqa: ANN401 — any JSON
        return gateway.get("/api/v1/tally")[1]

    with Product(sources, tmp_path / "gateway", site, mosquitto.port) as gateway:
        assert tally() == {"alarms": 0, "seconds": 0}
        await fire(mosquitto, "s1")
        await eventually(lambda: tally()["alarms"] == 1, what="one alarm counted")
        await eventually(lambda: tally()["seconds"] >= 1, what="a second counted")
        gateway.kill()
        before = gateway.rows("SELECT alarms, seconds FROM tally")
        gateway.start()
        await eventually(lambda: tally()["seconds"] > before[0][1], what="further seconds counted")
        await fire(mosquitto, "s2")
        await eventually(lambda: tally()["alarms"] == 2, what="the next alarm counted")
        assert gateway.post("/api/v1/tally/clear?by=Li", {})[0] == 200
        await eventually(lambda: tally() == {"alarms": 0, "seconds": 0}, what="the tally at zero")
        assert gateway.rows("SELECT kind, subject, by FROM events ORDER BY number DESC LIMIT 1") == [
            ("tally", "tally", "Li")
        ]
        assert "/api/v1/tally" in gateway.get("/openapi.json")[1]["paths"]


def test_the_layers_hold_with_the_part_once_it_has_its_place_among_them(sources: Path, tmp_path: Path) -> None:
    text = (ROOT / "pyproject.toml").read_text()
    layer = '"audit | rounds | work"'
    assert text.count(layer) == 1
    settings = tmp_path / "pyproject.toml"
    settings.write_text(text.replace(layer, '"audit | rounds | tally | work"'))
    shutil.copytree(ROOT / "simulators", sources / "simulators", dirs_exist_ok=True)
    checked = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--config", settings, "--no-cache"],
        cwd=sources,
        env={"PYTHONPATH": f"{sources}:{ROOT}", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
