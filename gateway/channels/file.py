"""The file of channels: through which services messages go, with their secrets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from gateway.core.notices.ways import Channel
from gateway.errors import SettingsError
from gateway.site_files.documents import Document, read_document
from gateway.site_files.problems import Problem

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
    channels, problems, _ = find_channels(file)
    if channels is None:
        raise SettingsError("\n".join(map(str, problems)))
    return channels


def find_channels(file: Path) -> tuple[ChannelsFile | None, list[Problem], Document | None]:
    """What the file says, None where something is wrong; what is wrong, without a secret; and where it stands."""
    try:
        file.open("rb").close()
    except OSError as error:
        what = f"the file of channels cannot be read: {error.strerror}"
        return None, [Problem(file, 1, 1, what, "see that it is there and may be read")], None
    document, problems = read_document(file)
    if document is None or problems:  # which may quote what stands there
        what, hint = "this is not YAML with each channel once", "write one `channel: …` a line, secrets in quotes"
        return None, [Problem(file, each.line, each.column, what, hint) for each in problems], document
    try:
        return ChannelsFile.model_validate(document.root), [], document
    except ValidationError as error:
        details = error.errors(include_input=False, include_url=False)
        return None, [_problem(document, each) for each in details], document


def _problem(document: Document, error: ErrorDetails) -> Problem:
    name = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        what = f"{name}: there is no such channel or key"
        return document.problem(error["loc"], what, "channels are email, sms, voice, webhook and siren", of_key=True)
    return document.problem(error["loc"], f"{name}: {error['msg'].removeprefix('Value error, ')}")
