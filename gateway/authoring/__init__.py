"""For whoever writes profiles: try a payload, run tests of payloads, get schemas for the editor."""

from __future__ import annotations

from gateway.authoring.commands import register

__all__ = ["register"]
