#!/bin/sh
# Starts Mosquitto in its container with the configuration beside this script, and with the accounts `gateway` and
# `devices`, whose passwords come from the environment.
# More accounts: mosquitto_passwd accounts NAME (with -c for the first), in the directory of this script.
set -eu

source=$(dirname "$0")
config=${MOSQUITTO_CONFIG_DIR:-/mosquitto/config}

cp "$source/mosquitto.conf" "$source/acl" "$config/"

umask 077
printf 'gateway:%s\ndevices:%s\n' "$GATEWAY_MQTT_PASSWORD" "$DEVICES_MQTT_PASSWORD" > "$config/passwords"
mosquitto_passwd -U "$config/passwords"
if [ -f "$source/accounts" ]; then
    cat "$source/accounts" >> "$config/passwords"
fi
if [ "$(id -u)" = 0 ]; then
    # The broker gives up root, and reads these again whenever it gets a SIGHUP.
    chown mosquitto "$config/acl" "$config/passwords"
fi
unset GATEWAY_MQTT_PASSWORD DEVICES_MQTT_PASSWORD

exec mosquitto -c "$config/mosquitto.conf"
