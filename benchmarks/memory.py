"""What the memory of a gateway is made of: `python -m benchmarks.memory`.

It loads one thing after the other, as `facility-gateway run` does, and prints by how much each makes the process grow.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.__main__ import ALLOCATOR, write_site

_STEPS = """
import gc, sys, time
from pathlib import Path

def resident_mb():
    return int(Path("/proc/self/status").read_text().split("VmRSS:")[1].split()[0]) / 1024

def print_growth(what):
    global before
    gc.collect()
    now = resident_mb()
    print(f"| {what} | {now - before:.0f} |", flush=True)
    before = now

before = 0.0
directory, site = map(Path, sys.argv[1:])
print("| what | MB |\\n|---|---|")
print_growth("Python")
import asyncio, fastapi, msgspec, paho.mqtt.client, prometheus_client, pydantic, sqlalchemy, structlog, uvicorn
print_growth("libraries: SQLAlchemy, FastAPI, pydantic, structlog and what they load")
import gateway.app, gateway.cli
from gateway import parts
from gateway.core.engine import Engine
from gateway.core.telemetry.readings import Message
from gateway.site_files import load_configuration
from gateway.store.checkpoint import load_checkpoint
from gateway.store.database import open_database
print_growth("the gateway's own code, with the API and CEL")
configuration = load_configuration(site)
print_growth("the site's files: 5,300 devices")
open_database(directory, parts.migrations()).close()
print_growth("Alembic, which makes the store: at the first start, and after an upgrade")
database = open_database(directory, parts.migrations())
now = time.time_ns() // 1000
engine = Engine(configuration, parts.makers(blind_for=1), load_checkpoint(database, parts.tables()), now=now)
print_growth("the engine")
from benchmarks.load import payloads
engine.step([Message(topic, payload, now + i, 1) for i, (topic, payload) in enumerate(payloads(5_000, 5_000))])
print_growth("the latest values of 5,000 devices, six each")
"""


def main() -> int:
    """Run the steps in a process of their own, and print a table."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        command = [sys.executable, "-c", _STEPS, str(directory / "data"), str(write_site(directory))]
        (directory / "data").mkdir()
        return subprocess.run(command, env={**os.environ, **ALLOCATOR}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
