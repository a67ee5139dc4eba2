"""Who is on duty at a time: rosters, absences and substitutes."""
