"""Checklists: what is looked at on a piece of work or a round, item by item, and what was found."""
