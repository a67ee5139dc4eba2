"""Rules: what is true of a device, and since when."""
