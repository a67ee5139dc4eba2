"""In the store: the tally."""
