"""The pure core: synchronous, no I/O, no clock, no logging. Time is an argument; what happened is returned."""
