"""A simulated month: a site of 300 devices, their faults, and what the shipped rules tell of them."""
