"""In the store: alarms."""
