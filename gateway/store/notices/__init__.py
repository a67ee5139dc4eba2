"""In the store: notices, and how far people were told of alarms."""
