"""In the store: tickets."""
