"""Simulated building equipment that speaks MQTT: named faults, the dialects of real products, replay of recordings.

The models are pure and deterministic from a seed; `simulators.publisher` sends their reports to a broker.
"""
