"""Alarms with the life cycle of ISA-18.2."""
