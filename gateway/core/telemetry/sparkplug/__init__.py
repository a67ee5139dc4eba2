"""Sparkplug B: its payloads, its data types, and what births, deaths and sequence numbers say about edge nodes."""
