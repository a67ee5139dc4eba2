"""A recording of opened and closed times, replayed through the SLA clocks and compared with a plain computation."""
