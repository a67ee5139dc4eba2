"""The shipped profiles: read and checked once in a process of tests, for that takes most of a second."""

from __future__ import annotations

from gateway.site_files import load_profiles

PROFILES = load_profiles()
