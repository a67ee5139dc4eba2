"""Tickets: the maintenance work that comes of alarms."""
