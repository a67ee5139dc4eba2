"""Simulated building equipment that speaks MQTT: four device classes, named faults, replay of recordings.

The models are pure and deterministic from a seed; `simulators.publisher` sends what they say to a broker.
"""
