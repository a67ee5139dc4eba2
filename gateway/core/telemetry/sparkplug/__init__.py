"""Sparkplug B: payloads, data types, and the state of edge nodes by births, deaths and sequence numbers."""
