"""In the store: the audit trail."""
