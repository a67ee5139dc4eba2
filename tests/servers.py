"""Real servers for tests: each on a free port of the loopback, in a directory of its own, gone when its `with` ends.

A server whose program is not on PATH skips the test that starts it, and names the Debian package that is missing;
with `REQUIRE_SERVERS=1` in the environment it fails the test instead.
"""

from __future__ import annotations

import asyncio
import getpass
import http.client
import inspect
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self, TypeVar
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.warm_process import WarmProcess

T = TypeVar("T")

HOST = "127.0.0.1"
READY_WITHIN = 30.0
"""Seconds a server may take to answer after its start. Each takes well under two on an idle machine."""


def wait_until(condition: Callable[[], T], *, within: float = 10, what: str = "the condition", poll: float = 0.01) -> T:
    """The first truthy answer of `condition`, asked every `poll` seconds; AssertionError after `within` seconds."""
    deadline = time.monotonic() + within
    while not (answer := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(_too_late(what, within, answer))
        time.sleep(poll)
    return answer


async def eventually(
    condition: Callable[[], T | Awaitable[T]], *, within: float = 10, what: str = "the condition", poll: float = 0.01
) -> T:
    """`wait_until` that lets the event loop run on between two questions. `condition` may be a coroutine function."""
    deadline = time.monotonic() + within
    while True:
        asked = condition()
        answer: T = await asked if inspect.isawaitable(asked) else asked
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(_too_late(what, within, answer))
        await asyncio.sleep(poll)


def _too_late(what: str, within: float, answer: object) -> str:
    return f"{what} did not come about within {within:g} s; the last answer was {answer!r}"


_RESERVED: list[socket.socket] = []


def free_port() -> int:
    """A TCP port of the loopback that nobody listens on, and that stays free for the caller's server.

    A socket that is bound but does not listen keeps the port until the tests end: the system gives it to no other
    socket, while a server that sets SO_REUSEADDR, as all of ours do, may listen on it, stop, and listen again. Without
    it an outgoing connection could take the port of a server that is stopped.
    """
    keeper = socket.socket()
    keeper.bind((HOST, 0))
    # Only now: a socket that was bound to any port with the option set could share another's.
    keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    _RESERVED.append(keeper)
    port: int = keeper.getsockname()[1]
    return port


def require(program: str, package: str) -> str:
    """The path of `program`; without it the running test is skipped, or fails under REQUIRE_SERVERS=1."""
    path = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if path is None:
        missing = f"{program} is not on PATH; on Debian it is in the package {package}"
        if os.environ.get("REQUIRE_SERVERS") == "1":
            pytest.fail(missing, pytrace=False)
        pytest.skip(missing)
    return path


class Server:
    """One server process, on the same port and in the same directory from start to start."""

    program: ClassVar[str]
    package: ClassVar[str]

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | WarmProcess | None = None

    @property
    def host(self) -> str:
        return HOST

    @property
    def log(self) -> str:
        """Everything the server has printed since its first start."""
        path = self.directory / "server.log"
        return path.read_text(errors="replace") if path.exists() else ""

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process id of the running server."""
        assert self._process is not None, f"{self.program} was not started"
        return self._process.pid

    def launch(self) -> None:
        """Starts the server without waiting for it. Skips or fails the test where the program is missing."""
        assert not self.running, f"{self.program} is running already"
        self.directory.mkdir(parents=True, exist_ok=True)
        self._process = self.process({**os.environ, **self.environment()}, self.directory / "server.log")

    def process(self, environment: dict[str, str], log: Path) -> subprocess.Popen[bytes] | WarmProcess:
        """A new process of the server, which adds what it prints to `log`."""
        program = require(self.program, self.package)
        with log.open("ab") as output:
            return subprocess.Popen(
                [program, *self.arguments()],
                cwd=self.directory,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    def start(self) -> None:
        """Starts the server, and returns when it answers."""
        self.launch()
        try:
            wait_until(self._answers, within=READY_WITHIN, what=f"{self.program} on port {self.port}")
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """Ends the server in order (SIGTERM); one that does not end within 15 s is killed, and that is an error."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        self._process = None

    def kill(self) -> None:
        """Ends the server as a crash would (SIGKILL)."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        """Stops the server in order and starts it again on what it kept."""
        self.stop()
        self.start()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def arguments(self) -> list[str]:
        """The command line after the program. Called at each start, and may write files into `directory`."""
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        """Variables beside those of the test's own environment."""
        return {}

    def ready(self) -> bool:
        """Whether the server, which accepts connections already, does its work."""
        return True

    def _answers(self) -> bool:
        if not self.running:
            raise AssertionError(f"{self.program} ended by itself. It printed:\n{self.log[-4000:]}")
        try:
            socket.create_connection((HOST, self.port), timeout=1).close()
            return self.ready()
        except (OSError, http.client.HTTPException):
            return False


class Mosquitto(Server):
    """Mosquitto with `config`, in which {port} and {directory} are replaced by its port and its directory.

    The default is a plain persistent broker that lets anybody in. Logs all but debug to `log`.
    """

    program = "mosquitto"
    package = "mosquitto"

    CONFIG = """
        listener {port} 127.0.0.1
        allow_anonymous true
        persistence true
        persistence_location {directory}/
        max_queued_messages 0
        max_inflight_messages 1000
        set_tcp_nodelay true
    """

    def __init__(self, directory: Path, config: str = CONFIG) -> None:
        super().__init__(directory)
        self.config = config

    def arguments(self) -> list[str]:
        text = self.config.replace("{port}", str(self.port)).replace("{directory}", str(self.directory))
        # A broker started by root becomes the user `mosquitto`, to whom the directory of a test is closed.
        lines = [*(line.strip() for line in text.splitlines()), f"user {getpass.getuser()}", ""]
        (self.directory / "mosquitto.conf").write_text("\n".join(lines))
        return ["-c", str(self.directory / "mosquitto.conf")]

    def save(self) -> None:
        """Makes a persistent broker write its snapshot now (SIGUSR1), and returns when it is complete."""
        snapshot = self.directory / "mosquitto.db"
        before = snapshot.stat().st_mtime_ns if snapshot.exists() else 0
        os.kill(self.pid, signal.SIGUSR1)
        # Mosquitto writes mosquitto.db.new, and renames it when it is whole.
        wait_until(lambda: snapshot.exists() and snapshot.stat().st_mtime_ns > before, what="mosquitto's snapshot")


class _HttpServer(Server):
    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def request(self, method: str, path: str, parameters: Mapping[str, str] | None = None) -> tuple[int, bytes]:
        """Status and body of one request."""
        return _request(self.port, method, f"{path}?{urlencode(parameters)}" if parameters else path)


class Influx16(_HttpServer):
    """InfluxDB 1.6: InfluxQL and `/write`. What writes in the way of InfluxDB 2 goes through an `Influx2Proxy`."""

    program = "influxd"
    package = "influxdb"

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self._backup_port = free_port()

    def arguments(self) -> list[str]:
        (self.directory / "influxdb.conf").write_text(
            f"""
            reporting-disabled = true
            bind-address = "{HOST}:{self._backup_port}"
            [meta]
            dir = "{self.directory}/meta"
            [data]
            dir = "{self.directory}/data"
            wal-dir = "{self.directory}/wal"
            [monitor]
            store-enabled = false
            [http]
            bind-address = "{HOST}:{self.port}"
            log-enabled = false
            """
        )
        return ["run", "-config", str(self.directory / "influxdb.conf")]

    def ready(self) -> bool:
        return self.request("GET", "/ping")[0] == http.client.NO_CONTENT

    def create_database(self, name: str) -> None:
        self._ask("POST", f'CREATE DATABASE "{name}"')

    def write(self, database: str, lines: Iterable[str]) -> None:
        """Stores lines of the line protocol, with times in microseconds."""
        path = f"/write?{urlencode({'db': database, 'precision': 'u'})}"
        status, body = _request(self.port, "POST", path, "\n".join(lines).encode())
        assert status == http.client.NO_CONTENT, f"{status} {body!r}"

    def query(self, database: str, influxql: str) -> list[dict[str, Any]]:
        """The rows of one InfluxQL statement as dicts of its columns and tags; times in microseconds."""
        answer = self._ask("GET", influxql, db=database, epoch="u")
        return [
            {**series.get("tags", {}), **dict(zip(series["columns"], row, strict=True))}
            for series in answer.get("series", [])
            for row in series.get("values", [])
        ]

    def _ask(self, method: str, influxql: str, **parameters: str) -> dict[str, Any]:
        status, body = self.request(method, "/query", {"q": influxql, **parameters})
        answer = json.loads(body)
        error = answer.get("error") or answer["results"][0].get("error")
        assert not error, f"{influxql}: {status} {error}"
        result: dict[str, Any] = answer["results"][0]
        return result


class VictoriaMetrics(_HttpServer):
    """VictoriaMetrics, which takes `/api/v2/write` as InfluxDB 2 does. It keeps milliseconds, and numbers only."""

    program = "victoria-metrics"
    package = "victoria-metrics"

    def arguments(self) -> list[str]:
        return [
            f"-httpListenAddr={HOST}:{self.port}",
            f"-storageDataPath={self.directory}/data",
            "-retentionPeriod=100y",  # the default of one month drops the points of a replay
            "-loggerLevel=WARN",
        ]

    def ready(self) -> bool:
        return self.request("GET", "/health")[0] == http.client.OK

    def export(self, match: str) -> list[dict[str, Any]]:
        """Every stored series of a selector such as `{__name__=~"booster_pump_.*"}`, all samples.

        Each is {"metric": {"__name__": "measurement_field", tag: value…}, "values": […], "timestamps": [ms…]}.
        """
        self.request("GET", "/internal/force_flush")
        status, body = self.request("GET", "/api/v1/export", {"match[]": match})
        assert status == http.client.OK, f"{match}: {status} {body!r}"
        return [json.loads(line) for line in body.splitlines()]


class Influx2Proxy:
    """Speaks the writing half of InfluxDB 2 before an InfluxDB 1, and can be out of service.

    `POST /api/v2/write?org=&bucket=&precision=` becomes `POST /write?db=&precision=` (the bucket is the database);
    everything else is passed on as it came. The port stays the same from start to start.
    """

    PRECISIONS: ClassVar[dict[str, str]] = {"ns": "ns", "us": "u", "ms": "ms", "s": "s"}

    def __init__(self, upstream_port: int) -> None:
        self.upstream_port = upstream_port
        self.port = free_port()
        self.answer_with: int | None = None
        """An HTTP status that each request is answered with instead of being passed on, e.g. 503 or 429."""
        self.writes = 0
        """Write requests that the upstream accepted."""
        self.refused = 0
        """Requests answered by `answer_with`."""
        self.tokens: set[str] = set()
        """The values of `Authorization` seen."""
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def start(self) -> None:
        assert self._server is None, "the proxy is running already"
        proxy = self

        class Handler(_ProxyHandler):
            def setup(self) -> None:
                self.proxy = proxy
                super().setup()

        self._server = _ProxyServer((HOST, self.port), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="influx2-proxy")
        self._thread.start()

    def stop(self) -> None:
        """Closes the port: connections are refused from now on. Requests under way are answered first."""
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
            self._server = self._thread = None

    @contextmanager
    def outage(self) -> Iterator[None]:
        """The port is closed while the `with` lasts."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _ProxyServer(ThreadingHTTPServer):
    daemon_threads = False  # so that server_close() waits for the requests under way
    request_queue_size = 128


class _ProxyHandler(BaseHTTPRequestHandler):
    proxy: Influx2Proxy

    # HTTP/1.0 on purpose: each request has a connection of its own, so none outlives an outage.
    protocol_version = "HTTP/1.0"
    timeout = 10

    def do_GET(self) -> None:
        self._pass_on()

    def do_POST(self) -> None:
        self._pass_on()

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if token := self.headers.get("Authorization"):
            self.proxy.tokens.add(token)
        if self.proxy.answer_with is not None:
            self.proxy.refused += 1
            self._answer(self.proxy.answer_with, json.dumps({"code": "unavailable", "message": "outage"}).encode())
            return
        target = urlsplit(self.path)
        path, writing = self.path, target.path == "/api/v2/write"
        if writing:
            asked = parse_qs(target.query)
            precision = self.proxy.PRECISIONS[asked.get("precision", ["ns"])[0]]
            path = f"/write?{urlencode({'db': asked['bucket'][0], 'precision': precision})}"
        headers = {
            name: self.headers[name] for name in ("Content-Encoding", "Content-Type", "Accept") if name in self.headers
        }
        try:
            status, answer = _request(self.proxy.upstream_port, self.command, path, body or None, headers)
        except (OSError, http.client.HTTPException) as error:
            status, answer = http.client.BAD_GATEWAY, json.dumps({"message": str(error)}).encode()
        if writing and status == http.client.NO_CONTENT:
            self.proxy.writes += 1
        elif writing:
            answer = _error_of_influx2(status, answer)
        self._answer(status, answer)

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Says nothing: the output of a test is for what failed."""


def _error_of_influx2(status: int, body: bytes) -> bytes:
    """InfluxDB 1 says {"error": …}; InfluxDB 2 says {"code": …, "message": …}."""
    codes = {400: "invalid", 401: "unauthorized", 404: "not found", 413: "request too large", 429: "too many requests"}
    try:
        message = json.loads(body).get("error", "")
    except ValueError:
        message = body.decode(errors="replace")
    return json.dumps({"code": codes.get(status, "internal error"), "message": message}).encode()


def _request(
    port: int, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(HOST, port, timeout=30)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()
