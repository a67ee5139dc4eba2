from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from benchmarks.influx import InfluxDB
from gateway.settings import load_settings
from tests.servers import free_port

COUNTED = '{"results":[{"statement_id":0,"series":[{"name":"m","columns":["time","count"],"values":[[0,12345]]}]}]}'
NOTHING = '{"results":[{"statement_id":0}]}'


class Answering(HTTPServer):
    """Answers each path as told, others with an empty success, and remembers the requests."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: dict[str, tuple[int, str]] = {"/query": (200, NOTHING)}
        self.requests: list[tuple[str, dict[str, list[str]], str]] = []

    @property
    def influx(self) -> InfluxDB:
        return InfluxDB(f"http://127.0.0.1:{self.server_port}", "facility", "series", "secret")


class _Handler(BaseHTTPRequestHandler):
    server: Answering

    def do_GET(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        target = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self.server.requests.append((target.path, parse_qs(target.query), body))
        status, answer = self.server.answers.get(target.path, (204, ""))
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


@pytest.fixture
def server() -> Iterator[Answering]:
    with Answering() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "pump.yaml").write_text("profile: bench_pump\n")
    (tmp_path / "site.yaml").write_text('{"include": ["pump.yaml"], "devices": [{"profile": "bench_pump"}]}')
    return tmp_path / "site.yaml"


def test_without_a_url_there_is_none() -> None:
    assert InfluxDB.of({}) is None


def test_organisation_and_bucket_have_defaults() -> None:
    found = InfluxDB.of({"INFLUXDB_URL": "http://127.0.0.1:8086/", "INFLUXDB_TOKEN": "secret"})
    assert found == InfluxDB("http://127.0.0.1:8086", "facility", "facility", "secret")


def test_the_gateway_knows_its_settings() -> None:
    settings, _ = load_settings(environment=InfluxDB("http://db:8086", "o", "b", "secret").settings)
    assert (settings.series, settings.influx_url, settings.influx_org, settings.influx_bucket) == (
        *("influxdb", "http://db:8086", "o", "b"),
    )


def test_the_points_of_a_run_have_a_measurement_of_their_own_and_are_deleted(
    server: Answering, site: Path, tmp_path: Path
) -> None:
    with server.influx.points() as points:
        assert points.count() == 0
        server.answers["/query"] = 200, COUNTED
        assert points.count() == 12345
        own = points.copy_site(site, tmp_path / "own")
    assert points.profile.startswith("bench_pump_")
    assert json.loads(own.read_text())["devices"] == [{"profile": points.profile}]
    assert own.with_name("pump.yaml").read_text() == f"profile: {points.profile}\n"

    *counts, (deleted, _, request) = server.requests
    counting = {"db": ["series"], "q": [f'SELECT count("pressure") FROM "{points.profile}"']}
    assert counts == [("/query", counting, "")] * 2
    assert deleted == "/api/v2/delete"
    assert json.loads(request)["predicate"] == f'_measurement="{points.profile}"'


def test_the_check_writes_counts_and_deletes(server: Answering) -> None:
    server.influx.check()
    assert [path for path, _, _ in server.requests] == ["/api/v2/write", "/query", "/api/v2/delete"]


@pytest.mark.parametrize(
    ("path", "answer", "words"),
    [
        ("/api/v2/write", (401, '{"code":"unauthorized"}'), "401.*unauthorized.*check INFLUXDB_TOKEN"),
        ("/api/v2/write", (404, '{"message":"bucket \\"series\\" not found"}'), "not found.*INFLUXDB_BUCKET"),
        ("/query", (200, '{"results":[{"error":"database not found"}]}'), "database not found"),
        ("/query", (200, '{"status":"success","data":{}}'), "does not answer InfluxQL"),
        ("/api/v2/delete", (403, "forbidden"), "403 to api/v2/delete"),
        ("/query", (200, "<html>"), "does not answer InfluxQL"),
    ],
)
def test_the_check_says_what_is_refused(server: Answering, path: str, answer: tuple[int, str], words: str) -> None:
    server.answers[path] = answer
    with pytest.raises(SystemExit, match=words) as raised:
        server.influx.check()
    assert "secret" not in str(raised.value)


def test_the_check_says_that_nobody_answers() -> None:
    influx = InfluxDB(f"http://127.0.0.1:{free_port()}", "facility", "series", "secret")
    with pytest.raises(SystemExit, match=f"INFLUXDB_URL {influx.url} does not answer"):
        influx.check()
