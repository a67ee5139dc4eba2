"""Values derived from the readings of a window of time: computed with each reading, and never from the beginning."""
