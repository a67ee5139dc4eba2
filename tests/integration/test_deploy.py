"""What `deploy/` and `docker-compose.yml` promise, asked of the real servers."""

from __future__ import annotations

import asyncio
import getpass
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
import yaml

from gateway.settings import load_settings
from gateway.site_files import load_configuration
from tests.servers import Influx16, Mosquitto, require

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
PUBLISHED = 5_000
TELEMETRY = "site/riverside/booster_pump/pump-b1-1/telemetry"
PASSWORDS = {"gateway": "the gateway's", "devices": "the devices'", "pump-b1-1": "the pump's", "bridge": "the bridge's"}


@pytest.fixture
def shipped_broker(tmp_path: Path) -> Iterator[Mosquitto]:
    """Mosquitto under deploy/mosquitto, its paths changed as the file says for other places than the container."""
    directory = tmp_path / "shipped"
    directory.mkdir()
    shutil.copy(DEPLOY / "mosquitto" / "acl", directory)
    passwords = directory / "passwords"
    passwords.write_text("".join(f"{name}:{password}\n" for name, password in PASSWORDS.items()))
    passwords.chmod(0o600)
    subprocess.run([require("mosquitto_passwd", "mosquitto"), "-U", passwords], check=True)
    config = (DEPLOY / "mosquitto" / "mosquitto.conf").read_text()
    config = config.replace("/mosquitto/config/", "{directory}/").replace("/mosquitto/data/", "{directory}/")
    with Mosquitto(directory, re.sub(r"(?m)^listener 1883$", "listener {port} 127.0.0.1", config)) as broker:
        yield broker


@pytest.fixture
def default_broker(tmp_path: Path) -> Iterator[Mosquitto]:
    """Mosquitto as it comes."""
    with Mosquitto(tmp_path / "default", "listener {port} 127.0.0.1\nallow_anonymous true") as broker:
        yield broker


def client(broker: Mosquitto, user: str, *, persistent: bool = False) -> aiomqtt.Client:
    return aiomqtt.Client(
        broker.host,
        broker.port,
        username=user,
        password=PASSWORDS[user],
        identifier=f"{user}-of-the-test",
        clean_session=not persistent,
        max_inflight_messages=1000,
    )


async def subscribe_and_go_away(broker: Mosquitto, topics: str = "site/#") -> None:
    async with client(broker, "gateway", persistent=True) as gateway:
        await gateway.subscribe(topics, qos=1)


async def publish(broker: Mosquitto, count: int, user: str = "devices", topic: str = TELEMETRY) -> None:
    """Returns when the broker has acknowledged each of 0 … count-1."""
    async with client(broker, user) as device:
        for number in range(count):
            await device.publish(topic, str(number), qos=1)


async def come_back(broker: Mosquitto) -> list[int]:
    """What the broker kept, in the order of delivery: everything until it has been silent for a second."""
    kept: list[int] = []
    async with client(broker, "gateway", persistent=True) as gateway:
        messages = aiter(gateway.messages)
        while True:
            try:
                message = await asyncio.wait_for(anext(messages), timeout=1)
            except TimeoutError:
                return kept
            assert isinstance(message.payload, bytes)
            kept.append(int(message.payload))


async def test_nothing_is_lost_while_the_gateway_is_away_and_the_broker_is_restarted(
    shipped_broker: Mosquitto,
) -> None:
    await subscribe_and_go_away(shipped_broker)
    await publish(shipped_broker, PUBLISHED)
    shipped_broker.restart()

    assert await come_back(shipped_broker) == list(range(PUBLISHED))


async def test_a_snapshot_saves_the_queue_from_a_crash_of_the_broker(shipped_broker: Mosquitto) -> None:
    await subscribe_and_go_away(shipped_broker)
    await publish(shipped_broker, 10)
    shipped_broker.save()
    await publish(shipped_broker, 10)
    shipped_broker.kill()
    shipped_broker.start()

    assert await come_back(shipped_broker) == list(range(10)), "the second ten came after the snapshot"


async def test_mosquittos_defaults_drop_what_exceeds_a_thousand_messages(default_broker: Mosquitto) -> None:
    await subscribe_and_go_away(default_broker)
    await publish(default_broker, PUBLISHED)

    kept = await come_back(default_broker)
    assert kept == list(range(len(kept)))
    assert 1_000 <= len(kept) <= 1_020, "1,000 queued, and up to 20 in flight"


async def test_mosquittos_defaults_keep_nothing_over_a_restart(default_broker: Mosquitto) -> None:
    await subscribe_and_go_away(default_broker)
    await publish(default_broker, 10)
    default_broker.restart()

    assert await come_back(default_broker) == []


async def test_a_device_with_its_own_account_speaks_for_itself_only(shipped_broker: Mosquitto) -> None:
    await subscribe_and_go_away(shipped_broker)
    await publish(shipped_broker, 1, user="pump-b1-1")
    # Mosquitto 2.0 cuts the connection of a 3.1.1 client that publishes what it may not.
    with suppress(aiomqtt.MqttError):
        await publish(shipped_broker, 5, user="pump-b1-1", topic=TELEMETRY.replace("pump-b1-1", "pump-b1-2"))

    assert await come_back(shipped_broker) == [0]


async def test_a_bridge_publishes_on_topics_of_its_own_once_its_lines_are_uncommented(
    shipped_broker: Mosquitto,
) -> None:
    acl = shipped_broker.directory / "acl"
    acl.write_text(re.sub(r"(?m)^#(user bridge|topic \w+ telegraf/#)$", r"\1", acl.read_text()))
    shipped_broker.restart()
    await subscribe_and_go_away(shipped_broker, "telegraf/#")
    await publish(shipped_broker, 3, user="bridge", topic="telegraf/booster_set/booster-b1-1")

    assert await come_back(shipped_broker) == [0, 1, 2]


async def test_nobody_gets_in_without_an_account(shipped_broker: Mosquitto) -> None:
    with pytest.raises(aiomqtt.MqttError, match="Not authorized"):
        async with aiomqtt.Client(shipped_broker.host, shipped_broker.port):
            pass


async def test_the_container_starts_the_broker_with_the_accounts_of_its_environment(tmp_path: Path) -> None:
    class Container(Mosquitto):
        program = "sh"

        def arguments(self) -> list[str]:
            return [str(tmp_path / "deploy" / "start.sh")]

    require("mosquitto_passwd", "mosquitto")
    container = Container(tmp_path / "config")
    container.directory.mkdir()
    shutil.copytree(DEPLOY / "mosquitto", tmp_path / "deploy")
    config = tmp_path / "deploy" / "mosquitto.conf"
    text = config.read_text().replace("/mosquitto/config/", f"{container.directory}/")
    text = text.replace("/mosquitto/data/", f"{container.directory}/")
    config.write_text(
        re.sub(r"(?m)^listener 1883$", f"listener {container.port} 127.0.0.1\nuser {getpass.getuser()}", text)
    )
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("MOSQUITTO_CONFIG_DIR", str(container.directory))
        environment.setenv("PATH", f"{os.environ['PATH']}:/usr/sbin")
        environment.setenv("GATEWAY_MQTT_PASSWORD", PASSWORDS["gateway"])
        environment.setenv("DEVICES_MQTT_PASSWORD", PASSWORDS["devices"])
        with container:
            await subscribe_and_go_away(container)
            await publish(container, 3)

            assert await come_back(container) == [0, 1, 2]


def compose_config() -> dict[str, Any]:
    """The compose file as docker-compose understands it, with the settings of .env.example."""
    command = [require("docker-compose", "docker-compose"), "--env-file", ".env.example", "config"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert shown.returncode == 0, shown.stderr
    config: dict[str, Any] = yaml.safe_load(shown.stdout)
    return config


def test_the_compose_file_is_valid_and_publishes_nothing_beyond_the_host_by_default() -> None:
    services = compose_config()["services"]

    assert set(services) == {"mosquitto", "influxdb", "gateway", "grafana"}
    published = [str(port) for service in services.values() for port in service.get("ports", [])]
    assert published
    assert all("127.0.0.1" in port for port in published), published


def test_the_compose_file_mounts_only_what_is_there() -> None:
    mounted = [
        volume.split(":")[0] if isinstance(volume, str) else volume["source"]
        for service in compose_config()["services"].values()
        for volume in service.get("volumes", [])
    ]
    here = [Path(source) for source in mounted if source.startswith(("/", "."))]
    assert here
    assert [source for source in here if not (ROOT / source).exists()] == []


def test_the_gateway_knows_every_setting_that_the_compose_file_gives_it() -> None:
    settings, _ = load_settings(environment=compose_config()["services"]["gateway"]["environment"])

    assert settings.series == "influxdb"
    assert settings.mqtt_host == "mosquitto"


def test_the_gateway_knows_every_setting_that_the_systemd_unit_gives_it(tmp_path: Path) -> None:
    (tmp_path / "mqtt-password").write_text("the gateway's\n")
    unit = (DEPLOY / "systemd" / "facility-gateway.service").read_text().replace("%d", str(tmp_path))
    environment = dict(line.split("=", 1) for line in re.findall(r"(?m)^Environment=(.+)$", unit))

    settings, _ = load_settings(environment=environment)

    assert settings.data_dir == Path("/var/lib/facility-gateway")
    assert settings.mqtt_password is not None
    assert settings.mqtt_password.get_secret_value() == "the gateway's"


def install(unit: str, left_out: set[str], root: Path) -> list[str]:
    """Run the install commands at the head of a unit, as below `root`, by a user with a strict umask.

    Some are left out: those that make a virtual environment and install into it, which tests/acceptance/test_wheel.py
    tries, and those that only root may do. Returns what `systemctl` was asked for.
    """
    commands = re.findall(r"(?m)^#   (.+)$", (DEPLOY / unit).read_text())
    assert left_out <= set(commands)
    script = "\n".join(each for each in commands if each not in left_out).replace(" -g facility-bridge", "")
    for place in ("/etc/", "/opt/"):
        script = script.replace(place, f"{root}{place}")
    (root / "etc" / "systemd" / "system").mkdir(parents=True)
    (root / "opt" / "facility-bridges").mkdir(parents=True)
    fakes = f'systemctl() {{ echo "$@" >> {root}/systemctl; }}\numask 077\n'
    subprocess.run(["bash", "-euc", fakes + script], cwd=ROOT, check=True)
    return (root / "systemctl").read_text().splitlines()


def closed_to_others(directory: Path) -> list[Path]:
    """The files that a user of the machine cannot read, and the directories that it cannot enter."""
    made = [directory, *directory.rglob("*")]
    return [path for path in made if not path.stat().st_mode & (0o1 if path.is_dir() else 0o4)]


def test_the_install_commands_of_the_gateways_unit_make_files_that_its_user_can_read(tmp_path: Path) -> None:
    environment = {
        "/usr/bin/python3 -m venv /opt/facility-gateway",
        "/opt/facility-gateway/bin/pip install --constraint constraints.txt dist/facility_gateway-*.whl",
    }
    asked = install("systemd/facility-gateway.service", environment, tmp_path)

    assert asked == ["daemon-reload", "enable --now facility-gateway"]
    assert (tmp_path / "etc" / "facility-gateway" / "site" / "site.yaml").exists()
    assert (tmp_path / "etc" / "systemd" / "system" / "facility-gateway.service").exists()
    assert closed_to_others(tmp_path / "etc" / "facility-gateway") == []
    assert closed_to_others(tmp_path / "etc" / "systemd" / "system") == []


def test_the_install_commands_of_the_bridges_unit_hide_their_settings_and_nothing_else(tmp_path: Path) -> None:
    left_out = {
        "/usr/bin/python3 -m venv /opt/facility-bridges",
        "/opt/facility-bridges/bin/pip install bacpypes3",
        "groupadd --system facility-bridge",
    }
    asked = install("bridges/facility-bridge@.service", left_out, tmp_path)

    assert asked == ["daemon-reload"]
    assert closed_to_others(tmp_path / "opt" / "facility-bridges") == []
    assert closed_to_others(tmp_path / "etc" / "systemd" / "system") == []
    assert (tmp_path / "etc" / "facility-bridges").stat().st_mode & 0o7777 == 0o2750
    unit = (tmp_path / "etc" / "systemd" / "system" / "facility-bridge@.service").read_text()
    (program,) = re.findall(r"(?m)^ExecStart=(\S+)", unit)
    assert os.access(f"{tmp_path}{program}", os.X_OK)


def test_the_bridges_unit_is_confined_as_the_gateways_is() -> None:
    gateway, bridge = (
        set(
            re.findall(
                r"(?m)^(?!Restart)((?:Lock|NoNew|Private|Protect|Remove|Restrict|System|Capability)\w+=.*)$", text
            )
        )
        for text in (
            (DEPLOY / "systemd" / "facility-gateway.service").read_text(),
            (DEPLOY / "bridges" / "facility-bridge@.service").read_text(),
        )
    )
    assert "SystemCallFilter=@system-service" in gateway
    assert gateway - bridge == {
        "PrivateUsers=yes",  # the group of its settings is one of the machine
        "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",  # netlink as well
        "SystemCallFilter=adjtimex clock_adjtime clock_adjtime64",
    }
    assert bridge - gateway >= {"ProtectClock=yes"}


def system_calls(name: str) -> set[str]:
    """Those that a filter of a unit names: itself, or all of a set."""
    if not name.startswith("@"):
        return {name}
    analyze = require("systemd-analyze", "systemd")
    shown = subprocess.run([analyze, "syscall-filter", name], capture_output=True, text=True, check=True).stdout
    members = [line.strip() for line in shown.splitlines()[1:] if line.strip() and not line.strip().startswith("#")]
    return {call for member in members for call in system_calls(member)}


def test_the_units_let_the_gateway_ask_whether_a_time_server_keeps_the_clock_right_and_never_set_it() -> None:
    """Otherwise it is not sure of the time for a day after each start, on a machine without a battery for its clock."""
    unit = (DEPLOY / "systemd" / "facility-gateway.service").read_text()
    allowed: set[str] = set()
    for line in re.findall(r"(?m)^SystemCallFilter=(.+)$", unit):
        named = {call for name in line.removeprefix("~").split() for call in system_calls(name)}
        allowed = allowed - named if line.startswith("~") else allowed | named
    assert {"adjtimex", "clock_adjtime"} <= allowed
    assert not {"settimeofday", "clock_settime"} & allowed
    assert "ProtectClock" not in re.sub("(?m)^#.*$", "", unit)
    assert "\nCapabilityBoundingSet=\n" in unit, "with CAP_SYS_TIME the clock could be set"


@pytest.mark.parametrize("unit", ["systemd/facility-gateway.service", "bridges/facility-bridge@.service"])
def test_systemd_understands_each_unit(unit: str, tmp_path: Path) -> None:
    """All but the program, which is not installed here."""
    file = tmp_path / Path(unit).name.replace("@", "@b1")
    file.write_text(re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", (DEPLOY / unit).read_text()))
    analyze = require("systemd-analyze", "systemd")

    verified = subprocess.run([analyze, "verify", file], capture_output=True, text=True, check=False)

    assert (verified.returncode, verified.stderr) == (0, "")


def test_the_example_site_speaks_english_and_has_every_name_in_both_languages() -> None:
    site = load_configuration(DEPLOY / "site" / "site.yaml").site

    assert site.header.language == "en"
    names = [site.header.name]
    names += [device.name for device in site.devices.values() if device.name is not None]
    names += [location.name for location in site.locations.values() if location.name is not None]
    assert len(names) == 1 + len(site.devices) + len(site.locations)
    assert [name.en for name in names if name.zh is None] == []


def dashboard_queries() -> Iterator[tuple[str, str]]:
    """Title and InfluxQL of each panel, with Grafana's variables replaced as Grafana does."""
    for path in sorted((DEPLOY / "grafana" / "dashboards").glob("*.json")):
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel.get("targets", []):
                query = target["query"].replace("$timeFilter", "time >= 0s AND time <= 60s")
                yield panel["title"], query.replace("/^$device$/", "/^.*$/").replace("$__interval", "10s")


def test_every_panel_of_the_dashboards_shows_the_series_of_its_profile(influx16: Influx16) -> None:
    """Measurement: the profile. Tags: device and location. Fields: its metrics."""
    influx16.create_database("telemetry")
    points = [
        "booster_pump,device=pump-b1-1,location=b1.pump-room running=true,inlet_pressure=0.2,outlet_pressure=0.8"
        ",flow=12.5,vibration=2.1,current=11.2 20000000",
        "elevator,device=lift-b1-1,location=b1.shaft-1 floor=3i,fault_code=0i 20000000",
        "smoke_detector,device=smoke-b1-lobby,location=b1.lobby obscuration=0.4,battery=98 20000000",
    ]
    influx16.write("telemetry", points)

    empty = [
        title
        for title, query in dashboard_queries()
        if not any(None not in row.values() for row in influx16.query("telemetry", query))
    ]
    assert empty == []
