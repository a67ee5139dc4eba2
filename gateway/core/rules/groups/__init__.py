"""Rules over groups of devices: of a zone, a location, a parent, a tag, or a profile."""
