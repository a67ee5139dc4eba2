"""Mutations of the rule library: each limit, delay, comparison and window changed in turn must fail a test."""
