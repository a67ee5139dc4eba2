"""Settings. The command line wins over `GATEWAY_…` variables, these over a settings file, that over the defaults."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from gateway.core.kernel.times import MINUTE, SECOND, Micros, parse_duration
from gateway.core.profiles.topics import is_filter
from gateway.errors import SettingsError
from gateway.listener import is_loopback

PREFIX = "GATEWAY_"
FILE_SUFFIX = "_FILE"
"""`GATEWAY_MQTT_PASSWORD_FILE` names a file that holds the password, as secrets of containers and systemd do."""


def _address(text: str) -> str:
    host, colon, port = text.rpartition(":")
    if not (colon and host and port.isdigit() and int(port) < 65_536):
        raise ValueError("write HOST:PORT, such as 127.0.0.1:8080")
    return text


def _host_and_port(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)


def api_url(host: str, port: int) -> str:
    """Where the API is found, on its machine or from another, that is served at this host and port."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # it listens at every address of its machine
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def listed(text: str | None) -> tuple[str, ...]:
    """What stands between the commas of a setting."""
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def _filters(text: str | None) -> str | None:
    for each in listed(text):
        if not is_filter(each):
            raise ValueError(f"{each!r} is no topic filter: + and # stand for whole levels, # for the last")
    return text


def _base_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError("write scheme and name, such as https://fm.example.org")
    return f"{parts.scheme}://{parts.netloc}"


Address = Annotated[str, AfterValidator(_address)]


def _http_url(url: SecretStr | None) -> SecretStr | None:
    if url is not None and not url.get_secret_value().startswith(("http://", "https://")):
        raise ValueError("write a URL such as https://watch.example.org/ping")
    return url


class Settings(BaseModel):
    """All settings of the gateway, each with its meaning."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    site: Path = Field(Path("site.yaml"), description="The site file.")
    data_dir: Path = Field(Path("data"), description="Where the gateway keeps everything it must not lose.")
    http: Address = Field("127.0.0.1:8080", description="HOST:PORT of the HTTP API; loopback until it has accounts.")
    http_hosts: str | None = Field(
        None, description="Names, separated by commas, by which browsers may ask for the API, beside addresses."
    )

    pages: Address | None = Field(None, description="HOST:PORT of the pages for people's phones; none unless set.")
    pages_url: Annotated[str | None, AfterValidator(lambda text: text and _base_url(text))] = Field(
        None, description="Where people reach these pages, such as https://fm.example.org; at `pages` unless set."
    )
    pages_cert_file: Path | None = Field(None, description="The certificate of the pages, with its chain, for TLS.")
    pages_key_file: Path | None = Field(None, description="The key of that certificate.")
    pages_behind_proxy: bool = Field(
        False, description="Whether only a proxy reaches the pages, which does TLS and sets X-Forwarded-For."
    )

    mqtt_host: str = Field("127.0.0.1", description="The MQTT broker.")
    mqtt_port: int = Field(1883, ge=1, le=65_535, description="Its port; 8883 is usual with TLS.")
    mqtt_version: Literal["3.1.1", "5"] = Field("3.1.1", description="The protocol; 3.1.1 costs half the CPU of 5.")
    mqtt_username: str | None = Field(None, description="User at the broker.")
    mqtt_password: SecretStr | None = Field(None, description="Password at the broker.")
    mqtt_client_id: str | None = Field(None, description="Client id; facility-gateway-SITE unless set.")
    mqtt_subscribe: Annotated[str | None, AfterValidator(_filters)] = Field(
        None, description="Topic filters, separated by commas; site/SITE/# and the profiles' other topics unless set."
    )
    mqtt_tls: bool = Field(False, description="Encrypt the connection to the broker.")
    mqtt_ca_file: Path | None = Field(None, description="CA of the broker's certificate; the system's unless set.")
    mqtt_cert_file: Path | None = Field(None, description="The gateway's own certificate, where the broker wants one.")
    mqtt_key_file: Path | None = Field(None, description="The key of that certificate.")
    mqtt_keepalive_s: int = Field(30, ge=5, le=3600, description="Seconds of silence after which the broker is asked.")
    largest_message: int = Field(256 * 1024, ge=1024, description="Bytes of payload beyond which a message is refused.")

    series: Literal["embedded", "influxdb"] = Field("embedded", description="Where the series go.")
    influx_url: str = Field("http://127.0.0.1:8086", description="InfluxDB, when series is influxdb.")
    influx_org: str = Field("facility", description="Its organisation.")
    influx_bucket: str = Field("facility", description="Its bucket.")
    influx_token: SecretStr | None = Field(None, description="A token that may write and read the bucket.")

    channels: Path | None = Field(
        None, description="A YAML file with the services for e-mail, text messages and calls, and their secrets."
    )
    heartbeat_url: Annotated[SecretStr | None, AfterValidator(_http_url)] = Field(
        None, description="A URL that the gateway asks for while it is ready: who watches it learns when it is not."
    )
    heartbeat_every: str = Field("60s", description="How often it asks for that.")

    trust_clock: bool = Field(
        False, description="Whether something keeps the machine's clock right that the kernel does not tell of."
    )
    log: Literal["debug", "info", "warning", "error"] = Field("info", description="The least severe log line shown.")
    log_format: Literal["text", "json"] = Field("text", description="Log lines for people or for machines.")
    reserve_bytes: int = Field(
        32 * 2**20, ge=0, description="Disk space kept for alarms, given up when the disk is full; 0 for none."
    )
    journal_bytes: int = Field(
        2 * 2**30,
        ge=2**20,
        description="What readings that wait for the series store may take on disk; the oldest are dropped.",
    )
    quarantine_bytes: int = Field(
        64 * 2**20, ge=0, description="What messages in quarantine may take on disk; the oldest are deleted."
    )
    photo_bytes: int = Field(
        2 * 2**30, ge=0, description="What photos may take on disk; further ones are refused. At 80 % it is an alarm."
    )
    quarantine_for: str = Field("30d", description="How long messages stay in quarantine.")
    snapshot_every: str = Field("60s", description="How often latest values are saved; the rest a restart replays.")

    longest_shelf: str = Field("24h", description="How long alarms may be shelved at a time.")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.series == "influxdb" and self.influx_token is None:
            raise ValueError("series is influxdb, so influx_token is needed")
        if (self.mqtt_cert_file is None) != (self.mqtt_key_file is None):
            raise ValueError("mqtt_cert_file and mqtt_key_file go together")
        if self.pages is not None:
            self._check_pages(self.pages)
        if self.snapshot_interval < SECOND:
            raise ValueError("snapshot_every must be at least 1s")
        if self.quarantine_period < SECOND:
            raise ValueError("quarantine_for must be at least 1s")
        if self.heartbeat[1] < SECOND:
            raise ValueError("heartbeat_every must be at least 1s")
        if self.longest_shelf_period < MINUTE:
            raise ValueError("longest_shelf must be at least 1m")
        return self

    def _check_pages(self, address: str) -> None:
        host, _ = _host_and_port(address)
        if (self.pages_cert_file is None) != (self.pages_key_file is None):
            raise ValueError("pages_cert_file and pages_key_file go together")
        if self.pages_cert_file is not None and self.pages_behind_proxy:
            raise ValueError("pages_cert_file and pages_behind_proxy exclude each other: the proxy does TLS")
        if not is_loopback(host) and self.pages_cert_file is None and not self.pages_behind_proxy:
            raise ValueError(
                f"pages is {address}, which others can reach, without TLS: give pages_cert_file and pages_key_file, "
                "or set pages_behind_proxy where a proxy does TLS"
            )
        if self.pages_url is None and (self.pages_behind_proxy or host in ("0.0.0.0", "::")):
            raise ValueError("pages_url is needed: where people reach the pages, such as https://fm.example.org")

    @property
    def pages_address(self) -> tuple[str, int] | None:
        """Host and port of the pages; None where none are served."""
        return None if self.pages is None else _host_and_port(self.pages)

    @property
    def pages_base_url(self) -> str | None:
        """Where people reach the pages; None where none are served."""
        if self.pages_url is not None or self.pages_address is None:
            return self.pages_url
        url = api_url(*self.pages_address)
        return url if self.pages_cert_file is None else url.replace("http:", "https:", 1)

    @property
    def snapshot_interval(self) -> Micros:
        """`snapshot_every` in microseconds."""
        return parse_duration(self.snapshot_every)

    @property
    def quarantine_period(self) -> Micros:
        """`quarantine_for` in microseconds."""
        return parse_duration(self.quarantine_for)

    @property
    def longest_shelf_period(self) -> Micros:
        """`longest_shelf` in microseconds."""
        return parse_duration(self.longest_shelf)

    @property
    def heartbeat(self) -> tuple[str | None, Micros]:
        """`heartbeat_url`, and `heartbeat_every` in microseconds."""
        url = self.heartbeat_url.get_secret_value() if self.heartbeat_url is not None else None
        return url, parse_duration(self.heartbeat_every)

    @property
    def http_address(self) -> tuple[str, int]:
        """Host and port of the HTTP API."""
        return _host_and_port(self.http)


class Origin(BaseModel):
    """One setting: its value, masked if it is a secret, and where that comes from."""

    name: str
    value: str
    origin: str
    description: str


def load_settings(
    file: Path | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    options: Mapping[str, object] | None = None,
) -> tuple[Settings, list[Origin]]:
    """The settings and the origin of each.

    Args:
        file: a YAML file; without one `GATEWAY_SETTINGS` names it, and without that there is none.
        environment: the environment's variables; this process's unless given.
        options: from the command line; those that are None were not given.

    Raises:
        SettingsError: with every invalid value and where it comes from, one a line.
    """
    environment = os.environ if environment is None else environment
    values: dict[str, object] = {}
    origins: dict[str, str] = {}
    named = environment.get(PREFIX + "SETTINGS")
    file = file or (Path(named) if named else None)
    if file is not None:
        _merge(values, origins, _read_file(file), str(file))
    for name, (value, origin) in _read_environment(environment).items():
        values[name], origins[name] = value, origin
    given = {name: value for name, value in (options or {}).items() if value is not None}
    for name, value in given.items():
        values[name], origins[name] = value, "--" + name.replace("_", "-")
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        raise SettingsError(_explain(error, origins)) from None
    return settings, [_origin(name, settings, origins) for name in Settings.model_fields]


def find_api(environment: Mapping[str, str] | None = None) -> tuple[str, str]:
    """The URL of the API as `GATEWAY_HTTP` or the settings file of `GATEWAY_SETTINGS` says, and which of them says it.

    No other setting is looked at: who only asks a gateway need not have what it needs itself.

    Raises:
        SettingsError: what they say is no address, or cannot be read.
    """
    environment = os.environ if environment is None else environment
    file = environment.get(PREFIX + "SETTINGS")
    found = _read_variable("http", environment)
    if found is None and file and "http" in (content := _read_file(Path(file))):
        found = content["http"], file
    value, origin = found or (Settings.model_fields["http"].default, "the default")
    try:
        return api_url(*_host_and_port(_address(str(value)))), origin
    except ValueError as error:
        raise SettingsError(f"http (from {origin}): {error}") from error


def _merge(values: dict[str, object], origins: dict[str, str], found: Mapping[str, object], origin: str) -> None:
    values.update(found)
    origins.update(dict.fromkeys(found, origin))


def _read_file(file: Path) -> Mapping[str, object]:
    try:
        found: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"cannot read the settings file {file}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SettingsError(f"the settings file {file} is not YAML: {error}") from error
    if found is None:
        return {}
    if not isinstance(found, dict) or not all(isinstance(name, str) for name in found):
        raise SettingsError(f"the settings file {file} must hold one `name: value` a line")
    return found


def _read_environment(environment: Mapping[str, str]) -> dict[str, tuple[object, str]]:
    found: dict[str, tuple[object, str]] = {}
    for name in Settings.model_fields:
        if (read := _read_variable(name, environment)) is not None:
            found[name] = read
    known = {PREFIX + name.upper() for name in Settings.model_fields} | {PREFIX + "SETTINGS", PREFIX + "URL"}
    for variable in environment:
        if variable.startswith(PREFIX) and variable not in known and variable.removesuffix(FILE_SUFFIX) not in known:
            raise SettingsError(f"{variable} is no setting of the gateway: see `facility-gateway settings`")
    return found


def _read_variable(name: str, environment: Mapping[str, str]) -> tuple[object, str] | None:
    """The value of one setting and its origin; None where no variable sets it."""
    variable = PREFIX + name.upper()
    if variable in environment:
        return environment[variable], variable
    if variable + FILE_SUFFIX not in environment:
        return None
    file = Path(environment[variable + FILE_SUFFIX])
    try:
        return file.read_text(encoding="utf-8").strip(), f"{variable}{FILE_SUFFIX} ({file})"
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{variable}{FILE_SUFFIX}: cannot read {file}: {error}") from error


def _explain(error: ValidationError, origins: Mapping[str, str]) -> str:
    lines = []
    for each in error.errors():
        name = ".".join(str(part) for part in each["loc"])
        origin = f" (from {origins[name]})" if name in origins else ""
        if each["type"] == "extra_forbidden":
            near = difflib.get_close_matches(name, Settings.model_fields, n=1)
            lines.append(f"{name}{origin}: no such setting" + (f"; did you mean {near[0]}?" if near else ""))
            continue
        lines.append(
            f"{name}{origin}: {each['msg'].removeprefix('Value error, ')}"
            if name
            else each["msg"].removeprefix("Value error, ")
        )
    return "\n".join(lines)


def _origin(name: str, settings: Settings, origins: Mapping[str, str]) -> Origin:
    value = getattr(settings, name)
    shown = "" if value is None else str(value)  # a SecretStr shows itself as asterisks
    field = Settings.model_fields[name]
    return Origin(name=name, value=shown, origin=origins.get(name, "default"), description=field.description or "")
