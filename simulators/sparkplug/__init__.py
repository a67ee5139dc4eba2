"""Sparkplug B, as an edge node speaks it: its payloads, and the session with its births, its data and its death."""
