"""In the store: evaluations."""
