"""The HTTP API: what the gateway knows, and the actions that people perform on alarms."""

from gateway.api.application import create_api

__all__ = ["create_api"]
