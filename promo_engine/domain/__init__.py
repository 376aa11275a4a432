"""What the engine means, in the standard library alone: no I/O, no clock, no chance of its own."""
