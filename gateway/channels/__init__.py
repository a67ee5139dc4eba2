"""Carries notices to people: by e-mail, text message, call and chat through Apprise, by webhook, MQTT and siren."""
