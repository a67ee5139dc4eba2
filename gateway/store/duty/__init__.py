"""In the store: who is away."""
