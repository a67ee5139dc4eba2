"""In the store: maintenance that people have begun, and planned windows."""
