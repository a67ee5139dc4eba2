"""Checklists in use, and the answers to their items, in the store."""
