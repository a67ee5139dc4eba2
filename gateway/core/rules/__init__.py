"""Rules: whether the condition of a rule holds on a device, and since when."""
