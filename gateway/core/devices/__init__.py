"""Devices as they stand: their latest values, and how old these are."""
