"""The bridges of deploy/bridges against what they ask: a BACnet device, a feed over HTTP, a broker."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import tomllib
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Any

import aiomqtt
import pytest
import yaml

from tests.servers import HOST, Mosquitto, require

ROOT = Path(__file__).parents[2]
BRIDGES = ROOT / "deploy" / "bridges"
PAGE = (ROOT / "docs" / "bridges.md").read_text(encoding="utf-8")


def shown(language: str, holds: str) -> str:
    """The one block of the page in that language that has that text in it."""
    found = re.findall(rf"(?ms)^```{language}\n(.*?)^```$", PAGE)
    (block,) = [each for each in found if holds in each]
    return str(block)


@contextlib.contextmanager
def program(*arguments: object, errors: IO[str] | None = None) -> Iterator[subprocess.Popen[str]]:
    """A program whose output is read line by line; it is gone when the block ends."""
    words = [str(each) for each in arguments]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=errors, text=True, start_new_session=True) as running:
        try:
            yield running
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGKILL)


def next_line(running: subprocess.Popen[str]) -> dict[str, Any]:
    """The next line that it prints, without its time stamp."""
    assert running.stdout is not None
    line = running.stdout.readline()
    assert line, f"it has ended: {running.wait()}"
    values: dict[str, Any] = json.loads(line)
    assert values.pop("ts") > 1_700_000_000_000
    return values


def read_until(
    running: subprocess.Popen[str], expected: dict[str, Any], *, may_precede: dict[str, Any], lines: int = 100
) -> bool:
    """Whether a line is the expected one and all before it, fewer than so many, are the other."""
    for _ in range(lines):
        line = next_line(running)
        if line == expected:
            return True
        assert line == may_precede
    return False


def free_udp_port() -> int:
    with socket.socket(type=socket.SOCK_DGRAM) as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


# --- BACnet -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def bacnet_file(tmp_path: Path) -> tuple[Path, int]:
    """The file that the page shows, with addresses of the loopback, and the port of its device.

    Two more points: one is out of service, the other does not exist.
    """
    port = free_udp_port()
    text = shown("toml", "[points]") + 'outside_temperature = "analog-input,3"\nnowhere = "analog-input,77"\n'
    for real, here in [
        ("192.168.10.5/24", f"127.0.0.1/8:{free_udp_port()}"),
        ("192.168.10.30", f"127.0.0.1:{port}"),
        ("every = 10 ", "every = 0.1 "),
        ("timeout = 3 ", "timeout = 0.5 "),
    ]:
        assert real in text
        text = text.replace(real, here)
    file = tmp_path / "ahu-b1-1.toml"
    file.write_text(text)
    return file, port


def test_the_bridge_reads_a_bacnet_device_and_says_when_it_does_not_answer(bacnet_file: tuple[Path, int]) -> None:
    file, port = bacnet_file
    expected = json.loads(shown("json", "filter_dirty"))
    del expected["ts"]
    expected |= {"outside_temperature": None, "nowhere": None}

    with program(sys.executable, BRIDGES / "bacnet.py", file) as bridge:
        with program(sys.executable, Path(__file__).with_name("bacnet_device.py"), port) as device:
            assert device.stdout is not None
            assert device.stdout.readline() == "answers\n"
            assert read_until(bridge, expected, may_precede={"online": False})
        assert read_until(bridge, {"online": False}, may_precede=expected)


# --- Rain warnings ----------------------------------------------------------------------------------------------------


class Feed(ThreadingHTTPServer):
    """A weather service that answers every request with `status` and `body`."""

    def __init__(self) -> None:
        super().__init__((HOST, 0), _Answer)
        self.status = 200
        self.body = b""
        self.asked = 0
        self.drips = threading.Event()
        """While it is set, an answer never ends: a byte comes, and again one."""
        self.closing = threading.Event()
        self.url = f"http://{HOST}:{self.server_address[1]}/alerts"

    def warns(self, *titles: str, compressed: bool = False) -> None:
        body = json.dumps({"result": {"alert": {"content": [{"title": title} for title in titles]}}}).encode()
        self.body = gzip.compress(body) if compressed else body
        self.status = 200


class _Answer(BaseHTTPRequestHandler):
    server: Feed

    def do_GET(self) -> None:
        self.server.asked += 1
        self.send_response(self.server.status)
        self.end_headers()
        with contextlib.suppress(OSError):  # the script has given up
            while self.server.drips.is_set():
                self.wfile.write(b" ")
                self.server.closing.wait(0.05)
            self.wfile.write(self.server.body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Writes nothing: the script asks ten times a second."""


@pytest.fixture
def feed() -> Iterator[Feed]:
    with Feed() as server:
        threading.Thread(target=server.serve_forever, name="feed").start()
        yield server
        server.drips.clear()
        server.closing.set()
        server.shutdown()


@pytest.fixture
def rain_file(tmp_path: Path, feed: Feed) -> Path:
    """The file that the page shows, with the feed's address."""
    (text,) = re.findall(r"(?ms)^cat > rain.toml <<'END'\n(.*?)^END$", PAGE)
    file = tmp_path / "rain.toml"
    file.write_text(text.replace("file:feed.json", feed.url).replace("every = 1 ", "every = 0.1 "))
    return file


def test_the_level_is_that_of_the_highest_rain_warning(rain_file: Path, feed: Feed) -> None:
    feed.warns("甲市气象台发布雷电黄色预警[Ⅲ级/较重]")
    with program(sys.executable, BRIDGES / "rain.py", rain_file) as bridge:
        last = next_line(bridge)
        assert last == {"level": "none", "feed_ok": True}
        for titles, level in [
            (["甲市气象台发布暴雨蓝色预警[Ⅳ级/一般]"], "blue"),
            (["甲市气象台发布暴雨红色预警[Ⅰ级/特别严重]", "甲市气象台发布暴雨黄色预警[Ⅲ级/较重]"], "red"),
            (["甲市气象台解除暴雨橙色预警[Ⅱ级/严重]", "甲市气象台发布暴雨黄色预警[Ⅲ级/较重]"], "yellow"),
            (["甲市气象台发布大风红色预警[Ⅰ级/特别严重]", "甲市气象台发布暴雨橙色预警[Ⅱ级/严重]"], "orange"),
            ([], "none"),
        ]:
            feed.warns(*titles)
            expected = {"level": level, "feed_ok": True}
            assert read_until(bridge, expected, may_precede=last), titles
            last = expected


CLEAR = [
    ("暴雨预警信号（红色）", "red"),
    ("暴雨预警信号(红色)", "red"),
    ("暴雨Ⅰ级红色预警", "red"),
    ("暴雨 红色预警", "red"),
    ("暴雨\u3000红色预警", "red"),
    ("红色暴雨预警", "red"),
    ("發布暴雨紅色預警", "red"),
    ("將暴雨黃色預警升級為暴雨橙色預警", "orange"),
    ("将暴雨黄色预警升级为暴雨红色预警", "red"),
    ("由暴雨黄色升级为红色预警", "red"),
    ("发布暴雨黄色预警，升级为红色", "red"),
    ("暴雨黄色、红色预警", "red"),
    ("解除暴雨黄色预警、发布暴雨红色预警", "red"),
    ("解除暴雨黄色预警发布暴雨红色预警", "red"),
    ("解除暴雨黄色预警并发布暴雨蓝色预警", "blue"),
    ("解除暴雨黄色预警，暴雨红色预警继续生效", "red"),
    ("发布暴雨红色预警，解除雷电黄色预警", "red"),
    ("发布暴雨黄色预警和大风红色预警", "yellow"),
    ("大风红色预警、暴雨黄色预警", "yellow"),
    ("呼和浩特市气象台发布暴雨红色预警", "red"),
    ("将乐县气象台解除暴雨红色预警", "none"),
    ("暴雨黄色预警解除", "none"),
    ("暴雨预警信号（解除）", "none"),
    ("解除12时发布的暴雨黄色预警", "none"),
    ("发布关于解除暴雨黄色预警的通知", "none"),
    ("甲市气象台发布雷电红色预警[Ⅰ级/特别严重]", "none"),
]
UNCLEAR = [
    "Beijing issued a red warning for heavy rain",
    "紅色暴雨警告信號",
    "暴雨",
    "暴雨预警",
    "暴雨黑色预警",
    "发布暴雨、雷电红色预警",
    "尚未解除暴雨红色预警",
    "预计3小时后解除暴雨红色预警",
    "发布暴雨红色预警（解除时间另行通知）",
    "解除暴雨黄色预警、暴雨红色预警",
    "解除暴雨黄色预警，升级为红色预警",
    "解除暴雨黄色预警，红色预警发布",
    "解除暴雨黄色、橙色预警",
    "",
]


def one_by_one(rain_file: Path, feed: Feed, titles: list[str]) -> Iterator[dict[str, Any]]:
    """What the script says of each title alone."""
    lines = 0
    with program(sys.executable, BRIDGES / "rain.py", rain_file) as bridge:
        for title in titles:
            feed.warns(title)
            before = feed.asked - lines  # answers that may not have this title
            lines += before + 1
            yield [next_line(bridge) for _ in range(before + 1)][-1]


def test_each_spelling_that_is_clear_is_read(rain_file: Path, feed: Feed) -> None:
    said = one_by_one(rain_file, feed, [title for title, _ in CLEAR])
    assert [(title, line) for (title, _), line in zip(CLEAR, said, strict=True)] == [
        (title, {"level": level, "feed_ok": True}) for title, level in CLEAR
    ]


def test_beside_a_title_that_is_not_understood_the_level_rises_and_does_not_fall(rain_file: Path, feed: Feed) -> None:
    feed.warns("甲市气象台发布暴雨黄色预警[Ⅲ级/较重]")
    with program(sys.executable, BRIDGES / "rain.py", rain_file) as bridge:
        last: dict[str, Any] = next_line(bridge)
        assert last == {"level": "yellow", "feed_ok": True}
        told: list[tuple[str, dict[str, Any]]] = [
            ("橙", {"level": "orange", "feed_ok": False}),
            ("蓝", {"feed_ok": False}),
            ("红", {"level": "red", "feed_ok": False}),
        ]
        for colour, said in told:
            feed.warns("暴雨预警", f"甲市气象台发布暴雨{colour}色预警")
            assert read_until(bridge, said, may_precede=last), colour
            last = said


def test_a_title_that_is_not_understood_is_no_level(rain_file: Path, feed: Feed) -> None:
    """After a start, not even that of another title: it may be lower than the one that stands."""
    said = one_by_one(rain_file, feed, UNCLEAR)
    assert [(title, line) for title, line in zip(UNCLEAR, said, strict=True)] == [
        (title, {"feed_ok": False}) for title in UNCLEAR
    ]
    with program(sys.executable, BRIDGES / "rain.py", rain_file) as bridge:
        feed.warns("暴雨预警", "甲市气象台发布暴雨黄色预警[Ⅲ级/较重]")
        assert next_line(bridge) == {"feed_ok": False}


@pytest.mark.parametrize(
    ("status", "body"),
    [
        pytest.param(500, b"", id="an error of the server"),
        pytest.param(200, b"<html>", id="no JSON"),
        pytest.param(200, b'{"status": "failed", "error": "quota"}', id="a refusal without a list"),
        pytest.param(200, b'{"result": {"alert": {"content": null}}}', id="no list"),
        pytest.param(200, b'{"result": {"alert": {"content": [{"code": "0203"}]}}}', id="a warning without a title"),
        pytest.param(200, b'{"result": {"alert": {"content": ["0203"]}}}', id="a warning that is no object"),
        pytest.param(200, b'{"result": {"alert": {"content": [{"title": null}]}}}', id="a title that is no text"),
        pytest.param(200, b"\x1f\x8b\x08", id="compressed, and cut off"),
    ],
)
def test_a_feed_that_cannot_be_read_is_not_the_level_none(
    rain_file: Path, feed: Feed, status: int, body: bytes
) -> None:
    feed.status, feed.body = status, body
    with program(sys.executable, BRIDGES / "rain.py", rain_file) as bridge:
        assert next_line(bridge) == {"feed_ok": False}
        assert next_line(bridge) == {"feed_ok": False}

        feed.warns("甲市气象台发布暴雨蓝色预警[Ⅳ级/一般]", compressed=True)
        assert read_until(bridge, {"level": "blue", "feed_ok": True}, may_precede={"feed_ok": False})


def test_an_answer_that_never_ends_is_given_up(rain_file: Path, feed: Feed) -> None:
    rain_file.write_text(rain_file.read_text().replace("timeout = 20 ", "timeout = 0.5 "))
    errors = rain_file.with_name("errors")
    feed.drips.set()
    with errors.open("w") as log, program(sys.executable, BRIDGES / "rain.py", rain_file, errors=log) as bridge:
        assert next_line(bridge) == {"feed_ok": False}
        assert errors.read_text().splitlines()[0] == "the feed cannot be read: the answer has not ended in time"
        feed.drips.clear()
        feed.warns("甲市气象台发布暴雨蓝色预警[Ⅳ级/一般]")
        assert read_until(bridge, {"level": "blue", "feed_ok": True}, may_precede={"feed_ok": False})


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("127.0.0.1/SECRET/alerts?key=SECRET", "ValueError"),
        ("htp://127.0.0.1/SECRET/alerts?key=SECRET", "URLError"),
        ("http://127.0.0.1/SECRET alerts?key=SECRET", "InvalidURL"),
        ("URL?key=SECRET", "the server answers with status 500"),
        ("http://127.0.0.1:1/SECRET?key=SECRET", "ConnectionRefusedError: Connection refused"),
    ],
)
def test_the_log_says_what_is_wrong_and_keeps_the_key_of_the_account(
    rain_file: Path, feed: Feed, address: str, said: str
) -> None:
    feed.status = 500
    rain_file.write_text(rain_file.read_text().replace(feed.url, address.replace("URL", feed.url)))
    errors = rain_file.with_name("errors")
    with errors.open("w") as log, program(sys.executable, BRIDGES / "rain.py", rain_file, errors=log) as bridge:
        assert next_line(bridge) == {"feed_ok": False}
    assert errors.read_text().splitlines()[0] == f"the feed cannot be read: {said}"
    assert "SECRET" not in errors.read_text()


# --- Publishing -------------------------------------------------------------------------------------------------------


@pytest.fixture
def publishing(tmp_path: Path, mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """publish.sh with topic and last words, for a command that follows."""
    require("mosquitto_pub", "mosquitto-clients")
    (tmp_path / "mosquitto_pub").write_text(f"-h {HOST}\n-p {mosquitto.port}\n")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return [BRIDGES / "publish.sh", "site/home/room/r1/telemetry", '{"online": false}']


@contextlib.asynccontextmanager
async def heard(mosquitto: Mosquitto) -> AsyncIterator[AsyncIterator[aiomqtt.Message]]:
    """The messages on all topics, one by one."""
    async with aiomqtt.Client(HOST, mosquitto.port) as client:
        await client.subscribe("#", qos=1)
        yield aiter(client.messages)


async def test_each_line_is_published_and_the_end_of_the_command_is_told(
    publishing: list[object], mosquitto: Mosquitto
) -> None:
    async with heard(mosquitto) as messages:
        with program(*publishing, "sh", "-c", "echo one; echo 'two words'; exit 3") as bridge:
            payloads = [(await anext(messages)).payload for _ in range(3)]
            assert payloads == [b"one", b"two words", b'{"online": false}']
            assert bridge.wait(timeout=10) == 0


async def test_the_broker_tells_of_a_bridge_that_is_killed(publishing: list[object], mosquitto: Mosquitto) -> None:
    async with heard(mosquitto) as messages:
        with program(*publishing, "sh", "-c", "echo one; exec sleep 60") as bridge:
            assert (await anext(messages)).payload == b"one"
            os.killpg(bridge.pid, signal.SIGKILL)
            last = await anext(messages)
    assert (str(last.topic), last.payload) == ("site/home/room/r1/telemetry", b'{"online": false}')


# --- Modbus -----------------------------------------------------------------------------------------------------------


def test_the_profile_reads_each_field_that_telegraf_is_told_to_publish() -> None:
    """Telegraf itself is no package of Debian or PyPI: the page has messages that it published."""
    settings = tomllib.loads(shown("toml", "[[inputs.modbus]]"))
    (metric,) = settings["inputs"]["modbus"][0]["metric"]
    (profile,) = re.findall(r"(?ms)^cat > profiles/booster_set.yaml <<'END'\n(.*?)^END$", PAGE)
    readings, link = yaml.safe_load(profile)["messages"]
    published = json.loads(shown("json", "booster_set"))

    sources = [each if isinstance(each, str) else each["path"] for each in readings["values"].values()]
    fields = {each["name"] for each in metric["fields"]}
    assert {f"fields.{name}" for name in fields} == set(sources)
    assert published["fields"].keys() == fields
    assert published["name"] == metric["measurement"]
    (topic,) = [each["topic"] for each in settings["outputs"]["mqtt"]]
    for binding, name in ((readings, metric["measurement"]), (link, "link")):
        made = topic.replace("{{ .Name }}", name).replace('{{ .Tag "name" }}', "{device}")
        assert binding["topic"] == made
