"""The pure core: synchronous, no I/O, no clock, no logging. Time is an argument; changes are returned."""
