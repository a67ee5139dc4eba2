"""Rounds: presence proved by tags."""
