#!/bin/sh
# publish.sh TOPIC LOST COMMAND…: publishes each line that the command prints, and LOST when the command ends. When this
# script or its machine is gone without a word, the broker publishes LOST in its place (MQTT's last will).
# Broker, user and password: as options, one a line, in the file mosquitto_pub in $XDG_CONFIG_HOME or ~/.config.
set -eu
topic=$1
lost=$2
shift 2
{ "$@" || :; printf '%s\n' "$lost"; } |
    mosquitto_pub -l -q 1 -k 15 -t "$topic" --will-topic "$topic" --will-payload "$lost" --will-qos 1
