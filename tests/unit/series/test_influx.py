from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from gateway.errors import SeriesRefused, SeriesUnavailable
from gateway.series.influx import InfluxSeries, is_loopback
from gateway.series.port import PointsDropped
from tests.servers import free_port
from tests.unit.series.stores import PUMP, T0, reading


class Answering(HTTPServer):
    """Answers every request alike, and remembers the last one."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 204
        self.body = b""
        self.path = ""
        self.headers: dict[str, str] = {}
        self.received = b""


class _Handler(BaseHTTPRequestHandler):
    server: Answering

    def do_GET(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        self.server.path = self.path
        self.server.headers = dict(self.headers)
        self.server.received = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

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
def influx(server: Answering) -> Iterator[InfluxSeries]:
    url = f"http://127.0.0.1:{server.server_port}"
    with closing(InfluxSeries(url=url, org="facility", bucket="series", token="secret")) as store:
        yield store


LINE = f"booster_pump,device=pump-1 pressure=0.25 {T0}".encode()


def test_lines_are_posted_in_microseconds_with_the_token(server: Answering, influx: InfluxSeries) -> None:
    influx.write([reading(pressure=0.25)])
    assert server.path == "/api/v2/write?org=facility&bucket=series&precision=us"
    assert server.headers["Authorization"] == "Token secret"
    assert server.received == LINE
    assert "Content-Encoding" not in server.headers


def test_lines_to_another_machine_are_compressed(server: Answering) -> None:
    url = f"http://0.0.0.0:{server.server_port}"  # reaches this machine, but is no address of the loopback
    with closing(InfluxSeries(url=url, org="facility", bucket="series", token="secret")) as influx:
        influx.write([reading(pressure=0.25)])
    assert server.path == "/api/v2/write?org=facility&bucket=series&precision=us"
    assert server.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(server.received) == LINE


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://127.0.0.1:8086", True),
        ("http://127.1.2.3", True),
        ("http://[::1]:8086/influx", True),
        ("https://LocalHost:8086", True),
        ("http://influxdb:8086", False),
        ("http://localhost.example.org:8086", False),
        ("http://10.0.0.1:8086", False),
        ("http://[fd00::1]:8086", False),
        ("http://user:localhost@influxdb:8086", False),
    ],
)
def test_only_addresses_of_this_machine_are_loopback(url: str, loopback: bool) -> None:
    assert is_loopback(url) == loopback


def test_nothing_is_posted_when_no_reading_has_a_value(server: Answering, influx: InfluxSeries) -> None:
    influx.write([reading()])
    assert server.path == ""


@pytest.mark.parametrize(
    ("status", "hint"),
    [
        (401, "influx_token"),
        (403, "influx_token"),
        (404, "influx_bucket"),
        (408, "influx_url"),
        (429, "sent less"),
        (500, "boom"),
        (503, "boom"),
    ],
)
def test_what_may_pass_is_unavailable_and_names_the_setting_to_look_at(
    server: Answering, influx: InfluxSeries, status: int, hint: str
) -> None:
    server.status, server.body = status, b'{"code": "?", "message": "boom"}'
    with pytest.raises(SeriesUnavailable, match=hint) as raised:
        influx.write([reading(pressure=0.25)])
    assert str(status) in str(raised.value)
    assert "secret" not in str(raised.value)


def test_points_that_influxdb_2_drops_are_refused_with_their_number(server: Answering, influx: InfluxSeries) -> None:
    server.status = 422
    server.body = (
        b'{"code":"unprocessable entity","message":"failure writing points to database: partial write: field type '
        b'conflict: input field \\"x\\" on measurement \\"m\\" is type float, already exists as type string '
        b'dropped=12"}'
    )
    with pytest.raises(PointsDropped, match="field type conflict") as raised:
        influx.write([reading(pressure=0.25)])
    assert raised.value.dropped == 12


@pytest.mark.parametrize(
    ("status", "message", "dropped"),
    [
        # InfluxDB 2.0
        (
            500,
            'unexpected error writing points to database: partial write: field type conflict: input field "uptime" on '
            'measurement "system" is type integer, already exists as type unsigned dropped=32',
            32,
        ),
        (500, "unexpected error writing points to database: engine: field type conflict", None),
        (500, "unexpected error writing points to database: [shard 7] field type conflict", None),
        # InfluxDB 2.7
        (
            422,
            "failure writing points to database: partial write: dropped 3 points outside retention policy of duration "
            "2h0m0s - oldest point m at 2024-01-01T00:00:00Z dropped because it violates a Retention Policy Lower "
            "Bound at 2024-01-02T00:00:00Z dropped=3 for database: 0a1b for retention policy: autogen",
            3,
        ),
        (
            500,
            'unexpected error writing points to database: partial write: invalid field name: input field "time" on '
            'measurement "m" is invalid dropped=1',
            1,
        ),
        # InfluxDB 1.8, and a proxy that changes the status
        (400, "partial write: max-values-per-tag limit exceeded (100000/100000) dropped=4", 4),
        (503, 'partial write: field type conflict: input field "x" on measurement "m" is type float dropped=2', 2),
        (500, "partial write: points beyond retention policy dropped=5", 5),
        (500, "unable to parse 'm v=': missing field value", None),
    ],
)
def test_what_influxdb_says_of_points_counts_whatever_the_status(
    server: Answering, influx: InfluxSeries, status: int, message: str, dropped: int | None
) -> None:
    server.status, server.body = status, json.dumps({"code": "internal error", "message": message}).encode()
    with pytest.raises(SeriesRefused) as raised:
        influx.write([reading(pressure=0.25)])
    assert str(raised.value) == message
    assert getattr(raised.value, "dropped", None) == dropped


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (500, "unexpected error writing points to database: timeout"),
        (500, "unexpected error writing points to database: [shard 3] open MANIFEST: too many open files"),
        (500, "unexpected error writing points to database: engine: cache-max-memory-size exceeded: (1/1)"),
        (500, "partial write"),
        (400, "timeout"),
        (400, "hinted handoff queue not empty"),
        (422, 'bucket "facility" not found'),
        (400, "engine is closed"),
    ],
)
def test_what_influxdb_says_of_itself_may_pass_whatever_the_status(
    server: Answering, influx: InfluxSeries, status: int, message: str
) -> None:
    server.status, server.body = status, json.dumps({"code": "invalid", "message": message}).encode()
    with pytest.raises(SeriesUnavailable, match=re.escape(message)):
        influx.write([reading(pressure=0.25)])


def test_a_line_that_cannot_be_parsed_is_rejected(server: Answering, influx: InfluxSeries) -> None:
    server.status, server.body = 400, b'{"code":"invalid","message":"unable to parse"}'
    with pytest.raises(SeriesRefused, match="unable to parse"):
        influx.write([reading(pressure=0.25)])


def test_a_request_that_is_too_large_for_a_proxy_is_rejected_so_that_it_is_divided(
    server: Answering, influx: InfluxSeries
) -> None:
    server.status, server.body = 413, b"<html>413 Request Entity Too Large</html>"
    with pytest.raises(SeriesRefused, match="too large"):
        influx.write([reading(second, pressure=0.25) for second in range(100)])


def test_who_finds_even_one_point_too_large_would_refuse_them_all(server: Answering, influx: InfluxSeries) -> None:
    server.status, server.body = 413, b"<html>413 Request Entity Too Large</html>"
    with pytest.raises(SeriesUnavailable, match="limit of the proxy"):
        influx.write([reading(pressure=0.25)])


@pytest.mark.parametrize(
    "body",
    [
        *(b"<html>The plain HTTP request was sent to HTTPS port</html>", b"[]", b"", b"\xff"),
        *(b'{"message": "Bad Request"}', b'{"code": "invalid"}', b'{"error": ""}', b"null"),
    ],
)
def test_a_bad_request_without_the_words_of_influxdb_is_no_reason_to_set_points_aside(
    server: Answering, influx: InfluxSeries, body: bytes
) -> None:
    server.status, server.body = 400, body
    with pytest.raises(SeriesUnavailable, match="influx_url"):
        influx.write([reading(pressure=0.25)])


@pytest.mark.parametrize("status", [200, 201, 202])
@pytest.mark.parametrize(
    "body", [b"<!doctype html><title>Log in</title>", b"OK", b"\xff\xfe", b"{}", b"[]", b'{"message": "Log in"}']
)
def test_a_page_is_no_success_as_influxdb_says_nothing(
    server: Answering, influx: InfluxSeries, status: int, body: bytes
) -> None:
    server.status, server.body = status, body
    with pytest.raises(SeriesUnavailable, match="influx_url"):
        influx.write([reading(pressure=0.25)])


def test_a_success_that_names_a_rejected_line_is_a_refusal(server: Answering, influx: InfluxSeries) -> None:
    server.status, server.body = 201, b'{"code": "invalid", "line": 2, "message": "invalid field type"}'
    with pytest.raises(SeriesRefused, match="invalid field type"):
        influx.write([reading(pressure=0.25)])


@pytest.mark.parametrize("status", [200, 204])
def test_an_empty_success_is_one(server: Answering, influx: InfluxSeries, status: int) -> None:
    server.status = status
    influx.write([reading(pressure=0.25)])
    assert server.path


def test_a_server_that_is_away_is_unavailable_to_writes_and_queries() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with closing(InfluxSeries(url=url, org="o", bucket="b", token="t")) as influx:
        with pytest.raises(SeriesUnavailable, match=url):
            influx.write([reading(pressure=0.25)])
        with pytest.raises(SeriesUnavailable, match=url):
            influx.query("pump-1", PUMP, "pressure", start=0, end=T0, bucket=None, limit=1)


def test_a_server_that_does_not_answer_in_time_is_unavailable() -> None:
    with HTTPServer(("127.0.0.1", 0), _Handler) as silent:  # accepts connections, but nobody serves them
        url = f"http://127.0.0.1:{silent.server_port}"
        with closing(InfluxSeries(url=url, org="o", bucket="b", token="t", timeout_s=0.1)) as influx:
            with pytest.raises(SeriesUnavailable, match="timed out"):
                influx.write([reading(pressure=0.25)])
            with pytest.raises(SeriesUnavailable, match="timed out"):
                influx.query("pump-1", PUMP, "pressure", start=0, end=T0, bucket=None, limit=1)


@pytest.mark.parametrize(("status", "body"), [(401, b"{}"), (200, b"<html>a portal</html>"), (502, b"\xff")])
def test_a_query_without_a_proper_answer_is_unavailable(
    server: Answering, influx: InfluxSeries, status: int, body: bytes
) -> None:
    server.status, server.body = status, body
    with pytest.raises(SeriesUnavailable, match="check influx_"):
        influx.query("pump-1", PUMP, "pressure", start=0, end=T0, bucket=None, limit=1)


def test_the_client_is_not_even_imported_unless_influxdb_is_chosen() -> None:
    program = "import sys, gateway.series, gateway.series.embedded, gateway.series.forwarder as f; "
    check = "sys.exit(any(name.startswith(('influxdb_client', 'reactivex', 'httpx')) for name in sys.modules))"
    subprocess.run([sys.executable, "-c", program + check], check=True)
