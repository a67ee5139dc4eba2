"""The documents: what they show is run or checked, so that none of it can go out of date unseen.

In README.md, README.zh-CN.md and docs/**/*.md,

- the ```sh run``` blocks of a page are run in order, in one shell, in an empty directory beside which a Mosquitto runs;
  a ```text``` block right behind one is what it prints, where `…` stands for anything;
- the commands of docs/api.md are run against the demo, as the page says they can be;
- every other command must be one whose words this module can check: an option, a target or a file that is not there
  is a failure, and so is a program that it does not know;
- YAML, JSON and Python examples, links, settings, log lines and the diagram of the alarm states are held against what
  the code says.

tests/acceptance/test_documents_zh.py holds the Chinese pages against the English ones.

The ports 8080 and 1883 of the pages become free ones.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import getpass
import importlib
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer

import gateway.cli
import simulators.cli
from gateway import parts
from gateway.authoring.listing import markdown
from gateway.authoring.payload_tests import run_tests
from gateway.authoring.suites import Libraries, run_file
from gateway.channels.file import read_channels
from gateway.channels.senders import make_senders
from gateway.core.alarms.lifecycle import (
    DUE_TRANSITIONS,
    KNOWN_DUE_TRANSITIONS,
    KNOWN_TRANSITIONS,
    LATCHED_TRANSITIONS,
    TRANSITIONS,
    State,
    Step,
)
from gateway.core.alarms.maintenance_actions import StartMaintenance
from gateway.core.engine import Engine
from gateway.core.kernel.times import HOUR, MINUTE, SECOND
from gateway.core.notices.ways import Channel
from gateway.core.profiles.profile import Profile
from gateway.core.telemetry.readings import Message
from gateway.core.work import lifecycle as ticket_lifecycle
from gateway.core.work.actions import AcceptTicket
from gateway.core.work.lifecycle import AsBefore, TicketState, TicketStep
from gateway.settings import Settings, load_settings
from gateway.site_files import check_site, load_configuration, load_profiles
from simulators.fleet import load_fleet
from tests.servers import HOST, Mosquitto, free_port, require
from tests.unit.core.sites import Seen
from tests.warm_process import WarmCommands

ROOT = Path(__file__).parents[2]
READMES = [ROOT / "README.md", ROOT / "README.zh-CN.md"]
PAGES = [*READMES, *sorted((ROOT / "docs").rglob("*.md"))]
LANGUAGES = {"influxql", "json", "mermaid", "python", "sh", "sql", "text", "toml", "yaml"}
API_PAGE = ROOT / "docs" / "api.md"
_OF_ONE_SITE = ("site-files.md", "people-and-hours.md", "service-levels.md", "dispatch.md")
CHECKED_ELSEWHERE = {
    ROOT / "docs" / each
    for each in (
        *_OF_ONE_SITE,
        *(f"zh/{page}" for page in _OF_ONE_SITE),
        *("rule-cookbook.md", "zh/rule-cookbook.md"),
        "profile-mistakes.md",
    )
}
"""Their YAML examples are files of one site, parts of one, and mistakes on purpose: tests/unit/test_site_files_docs.py,
tests/unit/test_rule_cookbook.py and tests/acceptance/test_profile_mistakes.py."""
FENCED = re.compile(r"^```(\S*)([^\n]*)\n(.*?)^```$", flags=re.DOTALL | re.MULTILINE)
NOW = 1_800_000_000 * SECOND
BLOCK_ENDS = "=== a block of the page ends here ==="


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the words behind that, and where it begins."""

    language: str
    words: tuple[str, ...]
    text: str
    line: int

    @property
    def is_run(self) -> bool:
        return (self.language, self.words) == ("sh", ("run",))


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    found = []
    for match in FENCED.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        found.append(Block(match[1], tuple(match[2].split()), match[3], line))
    return found


def prose(page: Path) -> str:
    """The page without its fenced blocks."""
    return FENCED.sub("", page.read_text(encoding="utf-8"))


def all_blocks(language: str) -> list[Any]:
    return [
        pytest.param(page, block, id=f"{name_of(page)}:{block.line}")
        for page in PAGES
        for block in blocks(page)
        if block.language == language
    ]


# --- Commands ---------------------------------------------------------------------------------------------------------


def commands(script: str) -> Iterator[list[str]]:
    """The words of each command of a script: pipes and `&&` separate commands too."""
    script = re.sub(r"\\\n\s*", " ", script)
    for line in script.splitlines():
        lexer = shlex.shlex(re.sub(r"^\s*for \w+ in [^;]*; do\b", "", line), posix=True, punctuation_chars="|&;<>")
        lexer.whitespace_split = True
        command: list[str] = []
        for word in lexer:
            if set(word) <= set("|&;") or word in ("do", "done", "wait"):
                if command:
                    yield command
                command = []
            else:
                command.append(word)
        if command:
            yield command


def indented_commands(page: Path) -> list[str]:
    """The lines of code blocks made by indentation; a list item is no such block."""
    return [line.strip() for line in re.findall(r"(?m)^    +\S(?:.*\\\n)*.*", prose(page))]


def inline_commands(page: Path) -> list[str]:
    """Commands within a sentence, in full: one that ends in an ellipsis is none."""
    found = re.findall(r"`((?:facility-gateway|make|python -m) [^`]+)`", prose(page))
    return [each for each in found if "…" not in each]


def check_command(command: list[str]) -> None:
    """Fail unless each word of the command is right."""
    while re.fullmatch(r"[A-Z_]+=.*", command[0]):
        command = command[1:]
    program, arguments = command[0].removeprefix(".venv/bin/"), command[1:]
    if program == "facility-gateway":
        check_own_command(arguments)
    elif program == "make":
        targets = re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"))
        wanted = [each for each in arguments if "=" not in each]
        assert wanted, "it names no target"
        assert set(wanted) <= set(targets)
        for variable in (each for each in arguments if each.startswith("DEMO_ARGS=")):
            check_own_command(["demo", *shlex.split(variable.split("=", 1)[1])])
    elif program in ("python", "python3") and arguments[:1] == ["-m"]:
        check_module(arguments[1], arguments[2:])
    elif program == "python" and arguments == ["-"]:
        pass  # what comes from a page before it: a Python example, which is compiled below
    elif program.endswith("bin/pip"):
        assert arguments == ["install", "--constraint", "constraints.txt", "dist/facility_gateway-*.whl"]
        assert (ROOT / "constraints.txt").exists()
    elif program == "apt-get":
        # The packages that .ci/run installs, and the clients that come with one of them.
        assert arguments[0] == "install"
        script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
        packages = {each.removesuffix("-clients") for each in arguments[1:]}
        assert [each for each in packages if not re.search(rf"[ (]{each}[)\n]", script)] == []
    elif program == "mosquitto":
        assert re.fullmatch(r"-p \d+", " ".join(arguments))
    elif program == "mosquitto_sub":
        assert arguments == ["-v", "-t", "#"]
    else:
        assert program in ("export", "sed", "grep"), f"no test knows {program}: run the block, or check it here"
    for argument in arguments:
        if argument.startswith(("deploy/", "docs/", "simulators/", "tests/")):
            assert (ROOT / argument).exists(), f"there is no {argument}"


def check_module(module: str, arguments: list[str]) -> None:
    """A module that is run with `python -m`."""
    if module == "simulators":
        parse(simulators.cli.app, arguments)
    else:
        benchmarks = {f"benchmarks.{path.stem}" for path in (ROOT / "benchmarks").glob("[a-z]*.py")}
        benchmarks |= {f"benchmarks.{path.parent.name}" for path in (ROOT / "benchmarks").glob("*/__main__.py")}
        assert module in {*benchmarks, "pytest", "timeit", "venv"}, f"no test knows the module {module}"


def check_own_command(arguments: list[str]) -> None:
    parse(gateway.cli.app, arguments)


@cache
def command_of(app: typer.Typer) -> object:
    return typer.main.get_command(app)


def parse(app: typer.Typer, arguments: list[str]) -> None:
    """Parse them as this command line does, down to the command that would run."""
    command: Any = command_of(app)
    context = command.make_context("command", list(arguments))
    while hasattr(command, "resolve_command"):
        rest = [*context._protected_args, *context.args]
        if not rest:
            assert command.invoke_without_command, f"{context.command_path} wants a command"
            return
        _, command, rest = command.resolve_command(context, rest)
        context = command.make_context(command.name, rest, parent=context)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_ends_with_one_end_of_line(page: Path) -> None:
    assert re.search(r"\S\n\Z", page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_block_says_what_it_is(page: Path) -> None:
    assert [block.line for block in blocks(page) if block.language not in LANGUAGES] == []
    assert all(not block.words or block.is_run for block in blocks(page))
    fences = re.findall(r"(?m)^\s*(?:```|~~~)", page.read_text(encoding="utf-8"))
    assert len(fences) == 2 * len(blocks(page)), "a block is indented, or not closed"


@pytest.mark.parametrize("page", [page for page in PAGES if page != API_PAGE], ids=name_of)
def test_every_command_that_is_not_run_is_right_in_every_word(page: Path) -> None:
    scripts = [block.text for block in blocks(page) if block.language == "sh" and not block.is_run]
    known = re.compile(r"(?:[A-Z_]+=\S+ )?(?:\$ |facility-gateway|make|curl|mosquitto|docker|python|sqlite3)\b")
    scripts += [line for line in indented_commands(page) if known.match(line)]
    scripts += inline_commands(page)
    for command in (command for script in scripts for command in commands(script)):
        try:
            check_command(command)
        except Exception as error:
            raise AssertionError(f"{name_of(page)}: {shlex.join(command)}: {error}") from error


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ("facility-gateway chekc", "No such command 'chekc'"),
        ("facility-gateway demo --fro 6s", "No such option: --fro"),
        ("make tests", "tests"),
        ("rm -r data", "no test knows rm"),
        ("grep site docs/nowhere.md", "there is no docs/nowhere.md"),
    ],
)
def test_a_wrong_command_would_be_found(wrong: str, complaint: str) -> None:
    with pytest.raises(Exception, match=complaint):
        check_command(wrong.split())


def test_ci_runs_the_two_commands_of_the_readme() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    (two,) = [block.text for block in blocks(ROOT / "README.md") if block.language == "sh" and not block.is_run]
    assert two.split("\n") == ["make demo", "make test", ""]
    assert "\nREQUIRE_SERVERS=1 make test\n" in script
    assert "\nmake demo " in script


# --- Pages that are run -----------------------------------------------------------------------------------------------


class Workshop:
    """An empty directory in which a page is run, with `deploy` as in the source tree, and a broker beside it.

    Two programs are stand-ins, for a test is not the master of its machine: `chown`, and `systemctl restart mosquitto`,
    which starts Mosquitto anew under the configuration that the page has made. `facility-gateway` need not be loaded
    for each command.
    """

    def __init__(self, directory: Path, broker: Mosquitto) -> None:
        self.port = free_port()
        self.empty = directory / "empty"
        self._mosquitto = directory / "etc-mosquitto"
        self._settings = directory / "etc-facility-gateway"
        self._bin = directory / "bin"
        config = directory / "config"
        for each in (self.empty, self._mosquitto, self._settings, self._bin, config):
            each.mkdir(parents=True)
        (self.empty / "deploy").symlink_to(ROOT / "deploy")
        for client in ("mosquitto_pub", "mosquitto_sub"):
            (config / client).write_text(f"-p {broker.port}\n")
        self._provide("python3", f'exec {sys.executable} "$@"')
        self._provide("chown", "exit 0")
        self._provide("systemctl", self._restart(broker))
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("GATEWAY_", "PYTHON"))}
        self.environment = {
            **kept,
            "PATH": f"{self._bin}:{kept['PATH']}:/usr/sbin:/usr/local/sbin",
            "XDG_CONFIG_HOME": str(config),
            "GATEWAY_MQTT_PORT": str(broker.port),
            "GATEWAY_HTTP": f"{HOST}:{self.port}",
            "GATEWAY_URL": f"http://{HOST}:{self.port}",
            "COLUMNS": "200",
        }

    def _provide(self, program: str, script: str) -> None:
        file = self._bin / program
        file.write_text(f"#!/bin/bash\n{script}\n")
        file.chmod(0o755)

    def _restart(self, broker: Mosquitto) -> str:
        answers = f"(exec 3<>/dev/tcp/{HOST}/{broker.port}) 2> /dev/null"
        change = f"s/^listener 1883$/listener {broker.port} {HOST}\\nuser {getpass.getuser()}/"
        return f"""
            set -e
            [ "$*" = "restart mosquitto" ]
            cd {self._mosquitto}
            sed -e '{change}' mosquitto.conf > restarted.conf
            kill {broker.pid}
            while {answers}; do :; done
            mosquitto -c restarted.conf > restarted.log 2>&1 &
            until {answers}; do kill -0 $!; done
            """

    def run(self, script: str) -> str:
        """What the script prints, errors included; it and whatever it has started are gone afterwards."""
        script = script.replace(f"{HOST}:8080", f"{HOST}:{self.port}")
        for place in ("/etc/mosquitto/", "/var/lib/mosquitto/"):
            script = script.replace(place, f"{self._mosquitto}/")
        script = script.replace("/etc/facility-gateway", str(self._settings))
        output, log = self.empty.parent / "output.txt", self.empty.parent / "log.txt"
        commands = WarmCommands(self._bin / "facility-gateway")
        with commands, output.open("w") as stdout, log.open("w") as stderr:
            shell = subprocess.Popen(
                ["bash", "-e", "-o", "pipefail", "-c", script],
                cwd=self.empty,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )
            try:
                code = shell.wait(timeout=120)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(shell.pid, signal.SIGKILL)
        printed = output.read_text(encoding="utf-8")
        assert code == 0, f"{printed}\n{log.read_text(encoding='utf-8')}"
        return printed


def shows(printed: str, expected: str) -> bool:
    """Whether it was printed: however wide the columns, and with anything in place of `…`."""
    parts = [re.escape(" ".join(part.split())) for part in expected.split("…")]
    return re.search(r"\s*.*?\s*".join(parts), " ".join(printed.split())) is not None


def pages_to_run() -> list[Path]:
    """Those with blocks that are run; one that shows the very same as another, in another language, need not be."""
    shown: dict[tuple[str, ...], Path] = {}
    for page in PAGES:
        on_page = blocks(page)
        if any(block.is_run for block in on_page):
            shown.setdefault(tuple(block.text for block in on_page if block.is_run or block.language == "text"), page)
    return [*shown.values()]


@pytest.mark.parametrize("page", pages_to_run(), ids=name_of)
def test_a_page_that_can_be_run_does_what_it_says(page: Path, tmp_path: Path, mosquitto: Mosquitto) -> None:
    require("curl", "curl")
    require("mosquitto_pub", "mosquitto-clients")
    on_page = blocks(page)
    runs = [index for index, block in enumerate(on_page) if block.is_run]
    script = f"\necho; echo '{BLOCK_ENDS}'\n".join(on_page[index].text for index in runs)

    printed = Workshop(tmp_path / "workshop", mosquitto).run(script).split(BLOCK_ENDS)

    assert len(printed) == len(runs)
    for index, found in zip(runs, printed, strict=True):
        follows = on_page[index + 1] if index + 1 < len(on_page) else None
        if follows is not None and follows.language == "text":
            assert shows(found, follows.text), f"{name_of(page)}:{follows.line} was not printed, but\n{found}"


def test_the_page_of_operations_hides_the_secrets_and_nothing_else(tmp_path: Path, mosquitto: Mosquitto) -> None:
    """What is made in the same shell afterwards can be read by the user of the service."""
    setup = next(block.text for block in blocks(ROOT / "docs" / "operations.md") if "mosquitto_passwd" in block.text)
    script = (
        f"umask 022\n{setup}\numask\n"
        "cd /etc/facility-gateway/; cp -r ../empty/deploy/site .; stat -c '%A %n' . * site/*\n"
        "cd /etc/mosquitto/; stat -c '%A %n' mosquitto.conf acl passwords\n"
    )

    assert Workshop(tmp_path / "workshop", mosquitto).run(script).splitlines() == [
        "0022",
        "drwxr-xr-x .",
        "-rw------- devices-password",
        "-rw------- mqtt-password",
        "drwxr-xr-x site",
        "drwxr-xr-x site/devices",
        "-rw-r--r-- site/site.yaml",
        "-rw-r--r-- mosquitto.conf",
        "-rw------- acl",
        "-rw------- passwords",
    ]


def test_the_quick_start_ends_with_an_alarm_and_a_ticket() -> None:
    page = ROOT / "docs" / "quick-start.md"
    expected = "".join(block.text for block in blocks(page) if block.language == "text")
    assert "critical  unacknowledged  Booster pump (pump-1)  Pump running dry" in expected
    assert "P1    new    —    Booster pump (pump-1)  Pump running dry" in expected


def api_examples() -> Iterator[tuple[str, str]]:
    """Each command of the page, and what it prints where the page shows that."""
    for script in re.findall(r"(?m)(?:^    .*\n)+", prose(API_PAGE)):
        text = re.sub(r"(?m)^    ", "", script)
        if text.startswith("$ "):
            command, _, expected = text.removeprefix("$ ").partition("\n")
            yield command, expected
        else:
            for command in re.sub(r"\\\n\s*", " ", text).splitlines():
                yield command, ""


ACTIONS = (
    *(f"alarms {each}" for each in ("acknowledge", "reset", "comment", "shelve ", "unshelve", "put-back")),
    *(f"tickets {each}" for each in ("accept", "hold", "resolve", "merge")),
)


def test_every_example_of_the_api_page_works_while_the_demo_runs(tmp_path: Path, mosquitto: Mosquitto) -> None:
    """A 409 is an answer too: somebody was faster, or the alarm is not latched."""
    require("curl", "curl")
    workshop = Workshop(tmp_path / "workshop", mosquitto)
    address = f"{HOST}:{workshop.port}"
    examples = list(api_examples())
    assert len(examples) > 30
    lines = [
        f"facility-gateway demo --http {address} --mqtt {HOST}:{free_port()} > /dev/null &",
        *(
            f"curl -sf --retry 60 --retry-delay 1 --retry-all-errors http://{address}/api/v1{path} > /dev/null"
            for path in ("/tickets/1", "/alarms/4")
        ),
        "curl() { command curl -w '\\nHTTP %{http_code}' \"$@\"; }",
    ]
    for command, _ in examples:
        here = command.replace("192.168.1.20:8080", address).replace(f"{HOST}:8080", address)
        lines.append(f"{{ {here} 2>&1; echo \"; exit $?\"; }} || :; echo '{BLOCK_ENDS}'")
    printed = workshop.run("set +e\n" + "\n".join(lines)).split(BLOCK_ENDS)

    for (command, expected), found in zip(examples, printed, strict=False):
        status, code = re.search(r"HTTP (\d+)", found), re.search(r"; exit (\d+)", found)
        if expected:
            assert shows(found, expected), f"{command}\n{found}"
        elif status is not None:
            assert status[1] in ("200", "409"), f"{command}\n{found}"
        else:
            assert code is not None
            may_come_too_late = command.startswith(tuple(f"facility-gateway {each}" for each in ACTIONS))
            assert code[1] == "0" or (code[1] == "1" and may_come_too_late), f"{command}\n{found}"


# --- Examples ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def libraries() -> Libraries:
    return Libraries(None, None)


class LoneBroker:
    """Nothing is published to it here."""

    async def until_online(self) -> None:
        raise AssertionError("nobody waits for it")

    def publish(self, topic: str, payload: bytes) -> asyncio.Future[None]:
        raise AssertionError(f"{topic}: {payload!r}")


@pytest.mark.parametrize(("page", "block"), all_blocks("yaml"))
def test_every_yaml_example_is_a_file_without_mistakes(
    page: Path, block: Block, tmp_path: Path, libraries: Libraries
) -> None:
    if page in CHECKED_ELSEWHERE:
        return
    name = block.text.split("\n", 1)[0].removeprefix("# ")
    file = tmp_path / (name if name.endswith(".yaml") else "example.yaml")
    file.write_text(block.text, encoding="utf-8")
    if "metrics:" in block.text:
        load_profiles(tmp_path)
    elif "tests:" in block.text and not re.search("(?m)^profile:", block.text):
        result = run_file(file, libraries, now=NOW)
        assert (result.every_problem, result.failed) == ([], 0)
        assert result.passed
    elif "tests:" in block.text:
        assert run_tests(file, profiles_of(page, tmp_path / "profiles"), now=NOW).problems == ()
    elif file.name == "fleet.yaml":
        load_fleet(file)
    elif file.name == "channels.yaml":
        assert make_senders(read_channels(file), "riverside", LoneBroker(), now=lambda: NOW).keys() == {*Channel}
    elif file.name == "settings.yaml":
        load_settings(file, environment={})
    else:
        assert file.name == "site.yaml", "say what it is: # site.yaml, # fleet.yaml, # channels.yaml or # settings.yaml"
        assert check_site(file) == []


def profiles_of(page: Path, directory: Path) -> dict[str, Profile]:
    """The shipped profiles and those that the page shows."""
    directory.mkdir()
    for index, block in enumerate(block for block in blocks(page) if "metrics:" in block.text):
        (directory / f"{index}.yaml").write_text(block.text, encoding="utf-8")
    return load_profiles(directory)


@pytest.mark.parametrize(("page", "block"), all_blocks("json"))
def test_every_json_example_is_json(page: Path, block: Block) -> None:
    assert isinstance(json.loads(block.text), dict), name_of(page)


@pytest.mark.parametrize(("page", "block"), all_blocks("python"))
def test_every_python_example_compiles_and_finds_what_it_imports(page: Path, block: Block) -> None:
    tree = ast.parse(block.text, filename=f"{name_of(page)}:{block.line}")
    for statement in ast.walk(tree):
        if isinstance(statement, ast.ImportFrom):
            module = importlib.import_module(statement.module or "")
            for alias in statement.names:
                if not hasattr(module, alias.name):
                    importlib.import_module(f"{statement.module}.{alias.name}")
        elif isinstance(statement, ast.Import):
            for alias in statement.names:
                importlib.import_module(alias.name)


def test_the_events_of_the_mqtt_page_are_what_the_gateway_publishes(tmp_path: Path) -> None:
    page = ROOT / "docs" / "mqtt.md"
    telemetry, event, maintenance, accepted, report, answered = (
        json.loads(block.text) for block in blocks(page) if block.language == "json"
    )
    site = tmp_path / "site.yaml"
    site.write_text(
        "site: {id: riverside, name: {en: Riverside Estate}}\n"
        "locations: [{id: b1.lobby}]\n"
        "devices:\n"
        "  - {id: smoke-b1-lobby, profile: smoke_detector, location: b1.lobby}\n"
        "  - {id: pump-b1-1, profile: booster_pump}\n"
        "  - {id: lift-b1-1, profile: elevator}\n"
    )
    engine = Engine(load_configuration(site), parts.makers())
    new_year = 1_767_225_600 * SECOND
    smoke = Message(
        "site/riverside/smoke_detector/smoke-b1-lobby/telemetry", b'{"ts": 1767225600000, "smoke": true}', new_year
    )
    publication, opened = engine.step([smoke]).publications
    assert publication.topic == "gateway/riverside/alarms/smoke-b1-lobby/smoke-fire"
    assert json.loads(publication.payload) == event
    assert opened.topic == "gateway/riverside/tickets/1"

    (publication,) = engine.act(AcceptTicket(ticket=1, by="Li Wei"), new_year + 2 * MINUTE).publications
    assert (publication.topic, json.loads(publication.payload)) == ("gateway/riverside/tickets/1", accepted)

    pump = Message("site/riverside/booster_pump/pump-b1-1/telemetry", json.dumps(telemetry).encode(), new_year)
    seen = Seen(engine.step([pump]))
    assert (seen.counts.rejected, seen.counts.rejected_metrics, seen.counts.clock_replaced) == (0, 0, 0)
    assert [set(reading.values) for reading in seen.readings] == [telemetry.keys() - {"ts"}]

    work = StartMaintenance(devices=("lift-b1-1",), duration=2 * HOUR, reason="Rope change", by="Li Wei")
    (publication,) = engine.act(work, new_year).publications
    assert (publication.topic, json.loads(publication.payload)) == ("gateway/riverside/maintenance", maintenance)

    day = 1_769_846_405 * SECOND  # 2026-01-31T08:00:05Z
    said = engine.step([Message("site/riverside/reports", json.dumps(report).encode(), day)]).publications
    (payload,) = [each.payload for each in said if each.topic == f"gateway/riverside/reports/{report['key']}"]
    assert json.loads(payload) == answered


# --- Facts ------------------------------------------------------------------------------------------------------------


def anchors(page: Path) -> list[str]:
    """The anchors of the headings in their order, as GitHub makes them."""
    headings = re.findall(r"(?m)^#+ (.+)$", prose(page))
    return [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_internal_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        found = (page.parent / file).resolve() if file else page
        assert found.exists(), target
        assert found.is_relative_to(ROOT), target
        if anchor:
            assert anchor in anchors(found), target


def test_the_index_and_the_readme_lead_to_every_page() -> None:
    for start in (ROOT / "docs" / "index.md", ROOT / "README.md"):
        reached, todo = {start}, [start]
        while todo:
            page = todo.pop()
            for target in re.findall(r"\]\(([^)#\s]+\.md)", prose(page)):
                found = (page.parent / target).resolve()
                if found in PAGES and found not in reached:
                    reached.add(found)
                    todo.append(found)
        assert set(PAGES) - reached - set(READMES) == set()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_setting_that_is_named_exists(page: Path) -> None:
    named = set(re.findall(r"\bGATEWAY_([A-Z_]+[A-Z])\b", page.read_text(encoding="utf-8")))
    known = {name.upper() for name in Settings.model_fields} | {"SETTINGS", "URL"}
    assert {name for name in named if name not in known and name.removesuffix("_FILE") not in known} == set()


def test_the_table_of_settings_is_complete() -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    rows = re.findall(r"(?m)^\| `(\w+)` \| (?:`([^`]*)`)? ?\| (.+) \|$", text)
    expected = [
        (name, "" if field.default is None else str(field.default).replace("False", "false"), field.description)
        for name, field in Settings.model_fields.items()
    ]
    assert [row for row in rows if row[0] in Settings.model_fields] == expected


def test_the_table_of_log_lines_is_complete() -> None:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    _, _, section = page.partition("## Log lines")
    shown = set(re.findall(r"(?m)^\| `(.+?)` \| (\w+) \|", section))
    code = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "gateway").rglob("*.py"))
    written = {(line, level) for level, line in re.findall(r"\blog\.(\w+)\(\s*\"([^\"]+)\"", code)}
    assert shown == written


def test_the_rooms_of_the_architecture_page_are_there() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = [room for row in re.findall(r"(?m)^\| (`[^|]+`) \|", text) for room in re.findall(r"`([\w./]+[/y])`", row)]
    assert len(rooms) > 12
    assert [room for room in rooms if not (ROOT / room).exists()] == []


def test_the_diagram_of_the_alarm_states_is_the_table_of_transitions() -> None:
    page = ROOT / "docs" / "architecture.md"
    (diagram,) = [block.text for block in blocks(page) if block.language == "mermaid"]
    variants = {
        "": TRANSITIONS,
        ", where the rule latches": LATCHED_TRANSITIONS,
        ", where an acknowledgement is due": DUE_TRANSITIONS,
        ", to a level that was acknowledged": KNOWN_TRANSITIONS,
        ", to a level that was told": KNOWN_DUE_TRANSITIONS,
    }
    shown = {
        (source, step, target, variant)
        for source, target, step, variant in re.findall(
            rf"(?m)^ +(\w+) --> (\w+): (\w+)({'|'.join(variants)})$", diagram
        )
    }
    assert len(shown) == len(re.findall(r"(?m)^ +\w+ -->", diagram))

    expected = {
        (source.value, step.value, target.value, variant)
        for variant, table in variants.items()
        for (source, step), target in table.items()
        if step is not Step.REMOVE and not (variant and TRANSITIONS.get((source, step)) is target)
    }
    assert shown == expected
    removals = {source: target for (source, step), target in LATCHED_TRANSITIONS.items() if step is Step.REMOVE}
    assert removals == dict.fromkeys(set(State) - {State.NORMAL}, State.NORMAL)
    states = re.findall(r"(?m)^\| `(\w+)` \| [a-z]", page.read_text(encoding="utf-8"))
    assert states == [state.value for state in State]


def test_the_diagram_of_the_ticket_states_is_the_table_of_transitions() -> None:
    page = ROOT / "docs" / "tickets.md"
    (diagram,) = [block.text for block in blocks(page) if block.language == "mermaid"]
    shown = set(re.findall(r"(?m)^ +(\w+) --> (\w+): (.+)$", diagram))
    assert len(shown) == len(re.findall(r"(?m)^ +\w+ -->", diagram))
    assert re.findall(r"(?m)^ +\[\*\] --> (\w+)$", diagram) == [TicketState.NEW.value]

    held = {source for source, step in ticket_lifecycle.TRANSITIONS if step is TicketStep.HOLD}
    expected = set[tuple[str, str, str]]()
    for (source, step), to in ticket_lifecycle.TRANSITIONS.items():
        if to is AsBefore.HELD:
            expected |= {(source.value, each.value, f"{step.value}, where it was so before") for each in held}
        elif to is AsBefore.GIVEN:
            expected.add((source.value, TicketState.ASSIGNED.value, f"{step.value}, where somebody has it"))
            expected.add((source.value, TicketState.NEW.value, f"{step.value}, where nobody has it"))
        else:
            expected.add((source.value, to.value, step.value))
    assert shown == expected
    states = re.findall(r"(?m)^\| `(\w+)` \| [A-Z]", page.read_text(encoding="utf-8"))
    assert states == [state.value for state in TicketState]


def test_the_page_on_tickets_names_each_command() -> None:
    text = (ROOT / "docs" / "tickets.md").read_text(encoding="utf-8")
    command: Any = command_of(gateway.cli.app)
    names = set(command.commands["tickets"].commands)
    assert set(re.findall(r"(?m)^\| `tickets ([\w-]+)` \|", text)) == names - {"show", "summary", "open"}


def test_the_page_of_the_device_library_shows_what_is_shipped() -> None:
    page = (ROOT / "docs" / "device-library.md").read_text(encoding="utf-8")

    assert page[page.index("## ") :].strip() == "\n".join(markdown(load_profiles().values())).strip()
