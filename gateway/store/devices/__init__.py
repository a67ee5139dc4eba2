"""In the store: latest values."""
