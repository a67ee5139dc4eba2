"""The whole product as a process, for the acceptance tests."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.servers import HOST, Server
from tests.warm_process import WarmProcess

ROOT = Path(__file__).parent.parent


class GatewayProcess(Server):
    """`facility-gateway run` on a site, in its own data directory; `port` is its API's."""

    program = "facility-gateway"
    package = "facility-gateway"

    def __init__(self, directory: Path, site: Path, broker_port: int, **settings: str) -> None:
        """`settings` are those of the environment, without their prefix: `series="influxdb"`."""
        super().__init__(directory)
        self.site = site
        self.data = directory / "data"
        self._settings = {"mqtt_port": str(broker_port), "reserve_bytes": str(2**20), **settings}

    def arguments(self) -> list[str]:
        return ["run", "--site", str(self.site), "--data-dir", str(self.data), "--http", f"{HOST}:{self.port}"]

    def environment(self) -> dict[str, str]:
        return {f"GATEWAY_{name.upper()}": value for name, value in self._settings.items()}

    def process(self, environment: dict[str, str], log: Path) -> subprocess.Popen[bytes] | WarmProcess:
        return WarmProcess(self.arguments(), cwd=self.directory, env=environment, output=log)

    def ready(self) -> bool:
        return self.get("/readyz")[0] == 200

    def get(self, path: str) -> tuple[int, Any]:
        """Status and JSON of an answer of the API; status 0 when there is none."""
        try:
            with urllib.request.urlopen(f"http://{HOST}:{self.port}{path}", timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)
        except (OSError, ValueError):
            return 0, None

    def post(self, path: str, content: Mapping[str, object]) -> tuple[int, Any]:
        """Status and JSON of an answer to a POST."""
        request = urllib.request.Request(
            f"http://{HOST}:{self.port}{path}",
            json.dumps(content).encode(),
            {"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def rows(self, query: str, *, file: str = "gateway.db") -> list[tuple[Any, ...]]:
        """Rows of the operational store or, with `file="series.db"`, of the embedded series."""
        if not (self.data / file).exists():
            return []
        with closing(sqlite3.connect(self.data / file, timeout=10)) as connection:
            return connection.execute(query).fetchall()
