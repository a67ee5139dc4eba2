"""Shared by all rooms: time, texts, units, names, errors, and the definition of a part of the engine."""
