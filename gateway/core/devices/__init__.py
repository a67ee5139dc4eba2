"""The state of devices: their latest values, and the times of these."""
