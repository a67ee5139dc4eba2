"""The dialects: the messages of real products. A new one is its module and one line below."""

from collections.abc import Mapping
from typing import Final

from simulators.dialects import lorawan
from simulators.dialects.dialect import Dialect
from simulators.dialects.gbt26875 import GBT26875
from simulators.dialects.native import NATIVE
from simulators.dialects.nut import NUT
from simulators.dialects.people import ESP_RFID, FRIGATE, HOMIE, OWNTRACKS
from simulators.dialects.platforms import SHANGHAI, THINGSBOARD
from simulators.dialects.shelly import SHELLY
from simulators.dialects.sparkplug import SPARKPLUG
from simulators.dialects.tasmota import HOME_ASSISTANT_TAG, TASMOTA
from simulators.dialects.telegraf import TELEGRAF
from simulators.dialects.zigbee2mqtt import ZIGBEE2MQTT

DIALECTS: Final[Mapping[str, Dialect]] = {
    dialect.name: dialect
    for dialect in (
        NATIVE,
        ZIGBEE2MQTT,
        TASMOTA,
        SHELLY,
        *lorawan.DIALECTS,
        FRIGATE,
        OWNTRACKS,
        ESP_RFID,
        HOMIE,
        TELEGRAF,
        NUT,
        GBT26875,
        THINGSBOARD,
        SHANGHAI,
        HOME_ASSISTANT_TAG,
        SPARKPLUG,
    )
}
"""Every dialect by its name."""
