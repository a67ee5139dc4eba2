"""The senders of all channels that the gateway has."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gateway.channels.file import ChannelsFile
from gateway.channels.mqtt import MqttSender, Publisher, SirenSender
from gateway.channels.outcome import Sender
from gateway.channels.webhook import WebhookSender
from gateway.core.kernel.times import Micros
from gateway.core.notices.ways import Channel


def make_senders(
    file: ChannelsFile, site: str, publisher: Publisher, *, now: Callable[[], Micros]
) -> Mapping[Channel, Sender]:
    """The senders, by channel.

    Args:
        site: the id of the site, which webhooks name.

    Raises:
        SettingsError: a URL of the file is not valid.
    """
    secret = file.webhook.secret.get_secret_value() if file.webhook is not None else None
    senders: dict[Channel, Sender] = {
        Channel.MQTT: MqttSender(site, publisher, now=now),
        Channel.WEBHOOK: WebhookSender(site, secret, now=now),
    }
    if file.siren is not None:
        on, off = file.siren.on.encode(), file.siren.off.encode()
        senders[Channel.SIREN] = SirenSender(publisher, file.siren.topic, on, off)
    if file.urls:
        from gateway.channels.services import AppriseSender  # Apprise costs memory and half a second

        for channel, (url, example) in file.urls.items():
            senders[channel] = AppriseSender(channel.value, url, example=example)
    return senders
