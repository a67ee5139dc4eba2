"""The commands for whoever writes profiles."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from gateway import authoring, site_files
from gateway.clock import Clock
from gateway.core.kernel.times import isoformat
from gateway.errors import SiteError
from tests.unit.shipped_profiles import PROFILES
from tests.unit.site_files import FAN, HEADER, write

SMOKE = ("--topic", "zigbee2mqtt/smoke-1")
LORA_TOPIC = "application/1/device/24e124136b502156/event/up"
LORA = {
    "deviceInfo": {"devEui": "24e124136b502156"},
    "time": "2026-01-31T08:00:00Z",
    "fPort": 85,
    "data": "AXVcA2c0AQRoZQUAAQ==",
}


@pytest.fixture(autouse=True)
def read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shipped profiles need not be read again for each command; those of a test are."""
    read = site_files.load_profiles
    monkeypatch.setattr(site_files, "load_profiles", lambda given=None: read(given) if given else dict(PROFILES))


def run(*arguments: str | Path, stdin: bytes | None = None) -> Result:
    app = typer.Typer(rich_markup_mode=None)
    authoring.register(app)
    return CliRunner().invoke(app, [str(each) for each in arguments], input=stdin)


def lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


# decode -------------------------------------------------------------------------------------------------------------


def test_decode_shows_what_would_be_stored() -> None:
    payload = '{"ts": 1769846400, "running": true, "outlet_pressure": 0.42}'
    result = run("decode", "--topic", "site/x/booster_pump/p1/telemetry", "--payload", payload)

    assert result.exit_code == 0
    assert result.stdout.splitlines()[:3] == [
        "profile   booster_pump",
        "device    p1",
        "time      2026-01-31T08:00:00.000Z",
    ]
    assert "values    running true" in result.stdout
    assert "outlet_pressure 0.42 MPa" in result.stdout


def test_decode_prints_json_for_programs() -> None:
    (line,) = lines(
        run("decode", "--topic", LORA_TOPIC, "--payload", json.dumps(LORA), "--profile", "water_leak", "--json")
    )

    assert (line["profile"], line["device"], line["time"]) == (
        "water_leak",
        "24e124136b502156",
        "2026-01-31T08:00:00.000Z",
    )
    assert line["values"]["leak"] is True
    assert line["rejected"] == []


def test_decode_says_why_not_and_ends_with_1() -> None:
    result = run("decode", "--topic", "site/x/booster_pump/p1/telemetry", "--payload", '{"outlet_pressure": "high"}')

    assert result.exit_code == 1
    assert "rejected  wrong type: outlet_pressure is 'high'" in result.stdout


@pytest.mark.parametrize("as_json", [False, True])
def test_decode_of_a_topic_of_nobody_ends_with_2(as_json: bool) -> None:
    result = run("decode", "--topic", "nobody/knows", "--payload", "{}", *(("--json",) if as_json else ()))

    assert result.exit_code == 2
    assert "no profile has a message binding for the topic nobody/knows" in result.stdout


@pytest.mark.parametrize("payload", ["", "{", "\udcff", '{"id": "a#b"}', "null", "[]", '"x"'])
@pytest.mark.parametrize(
    "topic", ["zigbee2mqtt/a", "tele/a/SENSOR", LORA_TOPIC, "a/events/rpc", "site/a b/nfc_reader/x/telemetry"]
)
def test_decode_survives_whatever_it_is_given(topic: str, payload: str) -> None:
    result = run("decode", "--topic", topic, "--payload", payload)

    assert result.exit_code in (0, 1, 2)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert result.stdout


def test_decode_takes_the_payload_as_hex_from_a_file_and_from_standard_input(tmp_path: Path) -> None:
    payload = b'{"smoke": true}'
    (tmp_path / "payload").write_bytes(payload)
    for given, stdin in (
        (("--payload-hex", payload.hex()), None),
        (("--payload-hex", "0x" + payload.hex()), None),
        (("--payload-file", tmp_path / "payload"), None),
        (("--payload-file", "-"), payload),
    ):
        result = run("decode", *SMOKE, *given, "--profile", "smoke_detector/zigbee2mqtt", stdin=stdin)
        assert (result.exit_code, "smoke true" in result.stdout) == (0, True), result.output


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ((), "give the payload once"),
        (("--payload", "x", "--payload-hex", "00"), "give the payload once"),
        (("--payload-hex", "0"), "write two digits a byte"),
        (("--payload-file", "/no/such/file"), "cannot read"),
        (("--payload", "x", "--profile", "smoke"), "there is no profile 'smoke'"),
        (("--payload", "x", "--profile", "smoke_detector/latin"), "smoke_detector has no dialect 'latin'"),
    ],
)
def test_decode_complains_of_what_it_cannot_take(given: tuple[str, ...], complaint: str) -> None:
    result = run("decode", *SMOKE, *given)

    assert result.exit_code == 2
    assert complaint in " ".join(result.output.split())


def test_decode_tries_a_site_and_own_profiles(tmp_path: Path) -> None:
    site = write(
        tmp_path, {"site.yaml": HEADER + "devices: [{id: fan-1, profile: fan, name: {en: Fan}}]\n", "own/fan.yaml": FAN}
    )
    own = ("--profiles", tmp_path / "own")
    message = ("--topic", "site/riverside/fan/fan-1", "--payload", '{"running": true}')

    assert "profile   fan" in run("decode", *message, *own).stdout
    (line,) = lines(run("decode", *message, *own, "--site", site, "--json"))
    assert (line["profile"], line["device"], line["values"]) == ("fan", "fan-1", {"running": True})
    stranger = run(
        "decode", "--topic", "site/riverside/fan/fan-2", "--payload", '{"running": true}', *own, "--site", site
    )
    assert stranger.exit_code == 1
    assert "unknown device" in stranger.stdout


def test_decode_shows_units_in_a_site_too(tmp_path: Path) -> None:
    site = write(tmp_path, {"site.yaml": HEADER + "devices: [{id: pump-1, profile: booster_pump}]\n"})
    message = ("--topic", "site/riverside/booster_pump/pump-1/telemetry", "--payload", '{"inlet_pressure": 0.2}')

    assert "inlet_pressure 0.2 MPa" in run("decode", *message, "--site", site).stdout


LEAK_BYTES = "01755C03673401046865050001"


@pytest.mark.parametrize(
    "given",
    [
        ("--bytes", LEAK_BYTES, "--profile", "water_leak", "--dialect", "milesight_em300_sld"),
        ("--bytes", "0x" + LEAK_BYTES.lower(), "--profile", "water_leak/milesight_em300_sld"),
        ("--bytes-base64", "AXVcA2c0AQRoZQUAAQ==", "--profile", "water_leak", "--dialect", "milesight_em300_sld"),
    ],
)
def test_decode_takes_the_bytes_of_a_lorawan_uplink_alone(given: tuple[str, ...]) -> None:
    before = Clock().now()
    shown = run("decode", *given, "--port", "85")
    (line,) = lines(run("decode", *given, "--port", "85", "--json"))

    assert shown.exit_code == 0
    assert shown.stdout.splitlines()[:2] == [
        "profile   water_leak, dialect milesight_em300_sld",
        "device    — (the network server says it)",
    ]
    assert line["values"] == {"battery": 92.0, "temperature": 30.8, "humidity": 50.5, "leak": True}
    assert line["device"] is None
    assert isoformat(before) <= line["time"] <= isoformat(Clock().now()), "it is received now"


def test_decode_uses_the_port_of_the_bytes(tmp_path: Path) -> None:
    binding = "messages: [{format: lorawan, port: 85, values: {running: {at: 0, type: u8, map: {1: true, 0: false}}}}]"
    write(tmp_path, {"fan.yaml": FAN[: FAN.index("messages:")] + binding + "\n"})
    given = ("decode", "--profiles", tmp_path, "--profile", "fan", "--bytes", "01")

    assert "running true" in run(*given, "--port", "85").stdout
    assert "no message binding of fan is for it: port 2" in run(*given, "--port", "2").stdout


@pytest.mark.parametrize(
    ("given", "code", "complaint"),
    [
        ((), 2, "give the --topic of the message, or the bytes of a LoRaWAN uplink with --bytes"),
        (("--bytes", "0"), 2, "base64 is for --bytes-base64"),
        (("--bytes-base64", "01755"), 2, "hex is for --bytes"),
        (("--bytes", "00", "--bytes-base64", "AA=="), 2, "give the bytes once"),
        (("--bytes", "00", "--topic", "t"), 2, "--bytes stand alone"),
        (("--bytes", "00", "--payload", "x"), 2, "--bytes stand alone"),
        (("--bytes", "00", "--site", "site.yaml"), 2, "--bytes stand alone"),
        (("--bytes", "00", "--port", "256"), 2, "less than or equal to 255"),
        (("--bytes", "00", "--dialect", "milesight_em300_sld"), 2, "name it with --profile"),
        (("--bytes", "00", "--profile", "water_leak/a", "--dialect", "b"), 2, "name the dialect once"),
        (("--bytes", "00", "--profile", "water_leak", "--dialect", "b"), 2, "water_leak has no dialect 'b'"),
        (("--bytes", "00", "--profile", "elevator"), 2, "elevator has no message binding for LoRaWAN uplinks"),
        (("--bytes", LEAK_BYTES[:16]), 1, "choose with --profile"),
    ],
)
def test_decode_says_what_it_needs_of_an_uplink(given: tuple[str, ...], code: int, complaint: str) -> None:
    result = run("decode", *given)

    assert (result.exit_code, complaint in " ".join(result.output.split())) == (code, True), result.output
    assert "or use --site" not in result.output


# test ---------------------------------------------------------------------------------------------------------------

PASSES = """\
profile: fan
tests:
  - {name: it runs, topic: site/x/fan/f1, json: {running: true}, expect: {device: f1, values: {running: true}}}
"""
FAILS = PASSES.replace("values: {running: true}", "values: {running: false}")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    write(tmp_path, {"profiles/fan.yaml": FAN, "good.yaml": PASSES, "bad.yaml": FAILS})
    return tmp_path


def test_tests_that_hold_end_with_0(own: Path) -> None:
    result = run("test", own / "good.yaml", "--profiles", own / "profiles")

    assert (result.exit_code, result.stdout) == (0, "1 passed, 0 failed, in 1 file\n")


def test_tests_that_fail_are_named_with_their_place_and_end_with_1(own: Path) -> None:
    result = run("test", own / "good.yaml", own / "bad.yaml", "--profiles", own / "profiles")

    assert result.exit_code == 1
    assert "bad.yaml:3" in result.stdout
    assert "it runs: running is True, not False" in result.stdout
    assert result.stdout.endswith("1 passed, 1 failed, in 2 files\n")


def test_tests_print_json_for_programs(own: Path) -> None:
    result = run("test", own / "good.yaml", own / "bad.yaml", "--profiles", own / "profiles", "--json")
    good, bad = json.loads(result.stdout)

    assert (good["profile"], good["passed"], good["problems"]) == ("fan", 1, [])
    assert (bad["passed"], len(bad["problems"])) == (0, 1)
    assert result.exit_code == 1


@pytest.mark.parametrize(
    ("binding", "complaint"),
    [
        ("{topic: 'a/{device}', values: {speed: v}}", "the profile has no metric 'speed'"),
        ("{topic: 'a/{device}', values: {running: {path: v, scale: 2}}}", "for numbers"),
        ("{topic: 'a/{device}', values: {running: 'a..b'}}", "'a..b' is not a path"),
        (
            "{topic: 'a/{device}', values: {level: {path: v, scale_by: {path: f, unit: foo}}}}",
            "'foo' cannot be converted",
        ),
        ("{format: lorawan, values: {level: {path: a..b}}}", "'a..b' is not a path"),
        (
            "{format: lorawan, values: {level: v}, matches: [{at: 0, type: u8, bits: [9, 0], equals: 1}]}",
            "is not a first bit",
        ),
        (
            "{format: lorawan, channels: {'01': {time: {type: u32, unit: lx}, values: {level: {at: 4, type: u8}}}}}",
            "number of seconds since 1970",
        ),
    ],
)
def test_a_profile_that_could_never_be_read_is_refused_where_it_stands(own: Path, binding: str, complaint: str) -> None:
    profile = FAN.replace("{type: bool}", "{type: bool}\n  level: {type: float}").replace(
        '{topic: "site/{site}/fan/{device}"}', binding
    )
    (own / "profiles" / "fan.yaml").write_text(profile, encoding="utf-8")
    result = run("test", own / "good.yaml", "--profiles", own / "profiles")

    assert isinstance(result.exception, SiteError)
    assert "fan.yaml:7:" in str(result.exception)
    assert complaint in str(result.exception)


# profiles -----------------------------------------------------------------------------------------------------------


def test_profiles_are_listed_with_their_dialects() -> None:
    result = run("profiles")

    assert result.exit_code == 0
    assert "water_leak" in result.stdout
    assert "zigbee2mqtt" in result.stdout


def test_one_profile_is_shown_with_all_that_a_device_needs() -> None:
    result = run("profiles", "booster_pump")

    assert result.exit_code == 0
    for word in ("outlet_pressure", "MPa", "site/{site}/booster_pump/{device}/telemetry"):
        assert word in result.stdout


def test_a_profile_that_is_not_there_is_complained_about() -> None:
    result = run("profiles", "booster_pumps")

    assert result.exit_code == 2
    assert "there is no profile 'booster_pumps'" in " ".join(result.output.split())
