"""Tickets: the maintenance work that alarms ask for."""
