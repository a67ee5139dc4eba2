"""Tools for authors of profiles and rules: try a payload, run tests, print schemas for editors."""

from __future__ import annotations

import typer

from gateway.authoring import commands, testing


def register(app: typer.Typer) -> None:
    """Add these commands."""
    commands.register(app)
    testing.register(app)


__all__ = ["register"]
