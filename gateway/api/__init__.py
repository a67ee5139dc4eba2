"""The HTTP interface: what the gateway knows, for people's tools and other systems, and what operators do to alarms."""

from gateway.api.application import create_api

__all__ = ["create_api"]
