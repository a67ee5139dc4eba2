"""What every room stands on: time, texts, units, names, errors, and what a part of the engine is."""
