"""The file of channels: through which services messages go, with their secrets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from gateway.core.notices.ways import Channel
from gateway.errors import SettingsError

_LONGEST_TOPIC = 256
_EXAMPLES = {Channel.EMAIL: "nobody@example.org", Channel.SMS: "+8613800000000", Channel.VOICE: "+8613800000000"}
ALWAYS = frozenset({Channel.MQTT, Channel.WEBHOOK})
"""The channels that need no service."""


def _topic(text: str) -> str:
    if not text.strip() or len(text) > _LONGEST_TOPIC or any(mark in text for mark in "+#\0"):
        raise ValueError("write an MQTT topic to publish on, without + and #")
    return text


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class WebhookSettings(_Part):
    """How webhooks are signed."""

    secret: SecretStr = Field(min_length=16)
    """The receivers know it as well."""


class SirenSettings(_Part):
    """The siren of the site: an MQTT output."""

    topic: Annotated[str, AfterValidator(_topic)]
    on: str = "ON"
    """The payload that switches it on."""
    off: str = "OFF"
    """The payload that switches it off."""


class ChannelsFile(_Part):
    """What the file says. A URL is one of Apprise, with `{address}` where the address of the person belongs."""

    email: SecretStr | None = None
    sms: SecretStr | None = None
    voice: SecretStr | None = None
    webhook: WebhookSettings | None = None
    siren: SirenSettings | None = None

    @property
    def urls(self) -> dict[Channel, tuple[str, str]]:
        """The URL of each service, and an address to try it with."""
        given = {Channel.EMAIL: self.email, Channel.SMS: self.sms, Channel.VOICE: self.voice}
        return {
            channel: (url.get_secret_value(), _EXAMPLES[channel]) for channel, url in given.items() if url is not None
        }

    @property
    def available(self) -> frozenset[Channel]:
        """The channels that the gateway has with it."""
        return ALWAYS | self.urls.keys() | ({Channel.SIREN} if self.siren is not None else set())


NO_FILE = ChannelsFile()


def read_channels(file: Path | None) -> ChannelsFile:
    """Read the file; without one there are webhooks, not signed, and MQTT.

    Raises:
        SettingsError: it cannot be read, or is wrong. The text holds no secret.
    """
    if file is None:
        return NO_FILE
    try:
        found: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"cannot read the file of channels {file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"the file of channels {file} is not UTF-8 text") from error
    except yaml.YAMLError as error:
        place = getattr(error, "problem_mark", None)
        where = f" in line {place.line + 1}" if place is not None else ""
        raise SettingsError(f"the file of channels {file} is not YAML{where}") from None
    try:
        return ChannelsFile.model_validate({} if found is None else found)
    except ValidationError as error:
        lines = [f"{file}: {_sentence(each)}" for each in error.errors(include_input=False, include_url=False)]
        raise SettingsError("\n".join(lines)) from None


def _sentence(error: ErrorDetails) -> str:
    name = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"{name}: there is no such channel or key; channels are email, sms, voice, webhook and siren"
    said = error["msg"].removeprefix("Value error, ")
    return f"{name}: {said}" if name else f"write one `channel: …` a line ({said})"
