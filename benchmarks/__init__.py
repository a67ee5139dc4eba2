"""Measures the gateway against the limit of its broker: `make bench`."""
