"""Where settings come from, and what is said when one is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.errors import SettingsError
from gateway.settings import Settings, api_url, load_settings


def origin_of(name: str, **sources: object) -> tuple[str, str]:
    _, origins = load_settings(**{"environment": {}, **sources})  # type: ignore[arg-type]
    return next((origin.value, origin.origin) for origin in origins if origin.name == name)


def test_without_any_source_every_setting_has_its_default() -> None:
    settings, origins = load_settings(environment={})
    assert settings == Settings()
    assert {origin.origin for origin in origins} == {"default"}
    assert [origin.name for origin in origins] == list(Settings.model_fields)
    assert all(origin.description for origin in origins)


def test_the_command_line_wins_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "gateway.yaml"
    file.write_text("mqtt_host: from-file\nmqtt_port: 1\nsite: file.yaml\n")
    environment = {"GATEWAY_MQTT_PORT": "2", "GATEWAY_SITE": "environment.yaml"}
    sources = {"file": file, "environment": environment, "options": {"site": "option.yaml", "http": None}}
    assert origin_of("mqtt_host", **sources) == ("from-file", str(file))
    assert origin_of("mqtt_port", **sources) == ("2", "GATEWAY_MQTT_PORT")
    assert origin_of("site", **sources) == ("option.yaml", "--site")
    assert origin_of("http", **sources) == ("127.0.0.1:8080", "default")


def test_the_settings_file_may_be_named_in_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "gateway.yaml"
    file.write_text("mqtt_host: broker\n")
    assert origin_of("mqtt_host", environment={"GATEWAY_SETTINGS": str(file)}) == ("broker", str(file))


def test_a_secret_may_be_in_a_file_and_is_never_shown(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("tr0ub4dor\n")
    environment = {"GATEWAY_MQTT_PASSWORD_FILE": str(secret)}
    settings, origins = load_settings(environment=environment)
    assert settings.mqtt_password is not None
    assert settings.mqtt_password.get_secret_value() == "tr0ub4dor"
    assert "tr0ub4dor" not in repr(origins) + repr(settings)
    assert origin_of("mqtt_password", environment=environment) == (
        "**********",
        f"GATEWAY_MQTT_PASSWORD_FILE ({secret})",
    )


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"GATEWAY_MQTT_PORT": "eighty"}, "mqtt_port (from GATEWAY_MQTT_PORT)"),
        ({"GATEWAY_HTTP": "8080"}, "write HOST:PORT, such as 127.0.0.1:8080"),
        ({"GATEWAY_MQTT_HOTS": "x"}, "GATEWAY_MQTT_HOTS is no setting"),
        ({"GATEWAY_SERIES": "influxdb"}, "influx_token is needed"),
        ({"GATEWAY_MQTT_CERT_FILE": "a"}, "go together"),
        ({"GATEWAY_SNAPSHOT_EVERY": "often"}, "such as 90s"),
        ({"GATEWAY_MQTT_PASSWORD_FILE": "nowhere"}, "cannot read nowhere"),
        ({"GATEWAY_SETTINGS": "nowhere.yaml"}, "cannot read the settings file nowhere.yaml"),
    ],
)
def test_a_wrong_setting_is_named_with_its_origin_and_what_is_right(environment: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(environment=environment)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(("text", "sentence"), [("a: [", "is not YAML"), ("- a", "one `name: value` a line")])
def test_a_settings_file_that_is_none_is_said_so(tmp_path: Path, text: str, sentence: str) -> None:
    file = tmp_path / "gateway.yaml"
    file.write_text(text)
    with pytest.raises(SettingsError) as caught:
        load_settings(file, environment={})
    assert sentence in str(caught.value)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(environment={"GATEWAY_MQTT_PORT": "0", "GATEWAY_LOG": "loud"})
    assert len(str(caught.value).splitlines()) == 2


def test_an_ipv6_address_is_split_at_its_port() -> None:
    settings, _ = load_settings(environment={"GATEWAY_HTTP": "[::1]:8080"})
    assert settings.http_address == ("::1", 8080)


@pytest.mark.parametrize(
    "filters", ["site/#/x", "site/a+/x", "a,b#", "site/##", "$share/g", "$share/g/", "$share//site/#/x", "$share//a"]
)
def test_what_no_broker_would_take_as_a_filter_is_refused_at_once(filters: str) -> None:
    with pytest.raises(SettingsError, match="is no topic filter"):
        load_settings(environment={"GATEWAY_MQTT_SUBSCRIBE": filters})


@pytest.mark.parametrize("filters", ["site/#", "+/a/+", "#", "a, b/+ ,", "$share/g/site/+/#", "/a//b", "$share/g/#"])
def test_a_filter_may_have_wildcards_and_be_shared(filters: str) -> None:
    assert load_settings(environment={"GATEWAY_MQTT_SUBSCRIBE": filters})[0].mqtt_subscribe == filters


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:80"),
        ("0.0.0.0", "http://127.0.0.1:80"),
        ("::", "http://[::1]:80"),
        ("gateway", "http://gateway:80"),
    ],
)
def test_the_api_is_found_at_an_address_that_can_be_asked(host: str, url: str) -> None:
    assert api_url(host, 80) == url


def refusal_of(**environment: str) -> str:
    with pytest.raises(SettingsError) as refused:
        load_settings(environment={f"GATEWAY_{name.upper()}": value for name, value in environment.items()})
    return str(refused.value)


def test_pages_that_others_reach_need_tls_or_a_proxy() -> None:
    for address in ("0.0.0.0:8443", "192.168.1.20:8443", "[::]:8443", "gateway.example.org:8443"):
        assert refusal_of(pages=address, pages_url="https://fm.example.org") == (
            f"pages is {address}, which others can reach, without TLS: give pages_cert_file and pages_key_file, "
            "or set pages_behind_proxy where a proxy does TLS"
        )
    loopback, _ = load_settings(environment={"GATEWAY_PAGES": "127.0.0.1:8443"})
    assert loopback.pages_base_url == "http://127.0.0.1:8443"


def test_pages_by_tls_or_behind_a_proxy_may_be_reached_by_others() -> None:
    tls = {"pages_cert_file": "cert.pem", "pages_key_file": "key.pem"}
    settings, _ = load_settings(environment={}, options={"pages": "192.168.1.20:8443", **tls})
    assert (settings.pages_address, settings.pages_base_url) == (("192.168.1.20", 8443), "https://192.168.1.20:8443")
    options = {"pages": "0.0.0.0:8443", "pages_behind_proxy": "true", "pages_url": "https://fm.example.org/"}
    settings, _ = load_settings(environment={}, options=options)
    assert settings.pages_base_url == "https://fm.example.org"


def test_settings_of_pages_that_do_not_fit_together_are_told() -> None:
    assert "pages_cert_file and pages_key_file go together" in refusal_of(pages="127.0.0.1:1", pages_cert_file="c.pem")
    files = {"pages_cert_file": "c.pem", "pages_key_file": "k.pem"}
    assert "exclude each other" in refusal_of(pages="127.0.0.1:1", pages_behind_proxy="true", **files)
    assert "pages_url is needed" in refusal_of(pages="0.0.0.0:1", **files)
    assert "pages_url is needed" in refusal_of(pages="127.0.0.1:1", pages_behind_proxy="true")
    for url in ("fm.example.org", "ftp://fm.example.org", "https://fm.example.org/pages", "https://"):
        assert "write scheme and name, such as https://fm.example.org" in refusal_of(pages="127.0.0.1:1", pages_url=url)


def test_without_pages_there_is_no_address_of_them() -> None:
    settings, _ = load_settings(environment={})
    assert (settings.pages_address, settings.pages_base_url) == (None, None)
