"""Tools for authors of profiles: try a payload, run tests of payloads, print schemas for editors."""

from __future__ import annotations

from gateway.authoring.commands import register

__all__ = ["register"]
