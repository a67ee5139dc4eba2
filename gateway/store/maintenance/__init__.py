"""In the store: maintenance that people have begun."""
