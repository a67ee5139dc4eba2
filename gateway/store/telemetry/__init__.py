"""In the store: the journal and the quarantine."""
