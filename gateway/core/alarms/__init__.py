"""Alarms after ISA-18.2: what people are told."""
