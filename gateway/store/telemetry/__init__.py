"""In the store: the journal and what was kept aside."""
