"""Rounds: a scan of a tag proves that somebody was there."""
