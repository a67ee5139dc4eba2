"""The documents: what they show is run or checked, so that none of it can go out of date unseen.

In README.md and docs/**/*.md,

- the ```sh run``` blocks of a page are run in order, in one shell, in an empty directory beside which a Mosquitto runs;
  a ```text``` block right behind one is what it prints, where `…` stands for anything;
- the commands of docs/api.md are run against the demo, as the page says they can be;
- every other command must be one whose words this module can check: an option, a target or a file that is not there
  is a failure, and so is a program that it does not know;
- YAML, JSON and Python examples, links, settings, log lines and the diagram of the alarm states are held against what
  the code says.

The ports 8080 and 1883 of the pages become free ones.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer

from gateway.cli import app
from gateway.core.alarms import LATCHED_TRANSITIONS, TRANSITIONS, State, Step
from gateway.core.monitor import Monitor
from gateway.core.readings import Message
from gateway.core.times import SECOND
from gateway.library import check_site, load_site
from gateway.settings import Settings, load_settings
from tests.servers import HOST, Mosquitto, free_port, require, wait_until

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LANGUAGES = {"influxql", "json", "mermaid", "python", "sh", "sql", "text", "toml", "yaml"}
API_PAGE = ROOT / "docs" / "api.md"
CHECKED_ELSEWHERE = {ROOT / "docs" / "site-files.md"}
"""Its YAML examples are files of one site, and are checked as such by tests/unit/test_library_docs.py."""
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
    for match in re.finditer(r"^```(\S*)([^\n]*)\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE):
        line = text.count("\n", 0, match.start()) + 1
        found.append(Block(match[1], tuple(match[2].split()), match[3], line))
    return found


def prose(page: Path) -> str:
    """The page without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


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
        lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>")
        lexer.whitespace_split = True
        command: list[str] = []
        for word in lexer:
            if set(word) <= set("|&;"):
                if command:
                    yield command
                command = []
            else:
                command.append(word)
        if command:
            yield command


def indented_commands(page: Path) -> list[str]:
    """The lines of code blocks made by indentation; a list item is no such block."""
    return [line[4:] for line in re.findall(r"(?m)^    \S.*(?:\\\n.*)*", prose(page))]


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
        assert arguments[1] in ("venv", "timeit", "simulators", "gateway", "benchmarks")
    elif program == "python" and arguments == ["-"]:
        pass  # what comes from a page before it: a Python example, which is compiled below
    elif program.endswith("bin/pip"):
        assert arguments == ["install", "--constraint", "constraints.txt", "dist/facility_gateway-*.whl"]
        assert (ROOT / "constraints.txt").exists()
    elif program == "apt-get":
        # The packages that .ci/run installs, and the clients that come with one of them.
        assert arguments[0] == "install"
        script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
        assert all(f" {package}\n" in script for package in {each.removesuffix("-clients") for each in arguments[1:]})
    elif program in ("sed", "grep"):
        assert all((ROOT / each).exists() for each in arguments if each.startswith("docs/"))
    else:
        assert program == "export", f"no test knows {program}: run the block, or have it checked here"


def check_own_command(arguments: list[str]) -> None:
    """Parse it as the command line does, down to the command that would run."""
    command = typer.main.get_command(app)
    context = command.make_context("facility-gateway", list(arguments))
    while isinstance(command, typer.core.TyperGroup):
        rest = [*context._protected_args, *context.args]
        if not rest:
            assert command.invoke_without_command, f"{context.command_path} wants a command"
            return
        _, found, rest = command.resolve_command(context, rest)
        assert found is not None
        command = found
        context = command.make_context(command.name, rest, parent=context)


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


def test_a_command_that_does_not_exist_would_be_found() -> None:
    for wrong in (
        ["facility-gateway", "chekc"],
        ["facility-gateway", "demo", "--fro", "6s"],
        ["make", "tests"],
        ["ls"],
    ):
        with pytest.raises((AssertionError, Exception)):
            check_command(wrong)


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
    which starts Mosquitto anew under the configuration that the page has made.
    """

    def __init__(self, directory: Path, broker: Mosquitto) -> None:
        self.port = free_port()
        self.empty = directory / "empty"
        self._mosquitto = directory / "etc-mosquitto"
        self._bin = directory / "bin"
        config = directory / "config"
        for each in (self.empty, self._mosquitto, self._bin, config):
            each.mkdir(parents=True)
        (self.empty / "deploy").symlink_to(ROOT / "deploy")
        for client in ("mosquitto_pub", "mosquitto_sub"):
            (config / client).write_text(f"-p {broker.port}\n")
        self._provide("facility-gateway", f'PYTHONPATH={ROOT} exec {sys.executable} -m gateway "$@"')
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
        shell = subprocess.Popen(
            ["bash", "-e", "-o", "pipefail", "-c", script],
            cwd=self.empty,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        printed = ""
        try:
            # The end of the shell is not the end of its output: what it has started may hold the pipe open.
            output = self.empty.parent / "output.txt"
            printed, _ = shell.communicate(timeout=120)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)
        assert shell.returncode == 0, printed
        return printed
