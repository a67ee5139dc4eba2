"""Loads and checks the YAML files of a site. It reports every mistake at once, with file, line, column and a hint."""

from __future__ import annotations

from gateway.site_files.problems import Gravity, Problem
from gateway.site_files.shipped import shipped_files
from gateway.site_files.sites import check_site, load_configuration, load_profiles

__all__ = ["Gravity", "Problem", "check_site", "load_configuration", "load_profiles", "shipped_files"]
