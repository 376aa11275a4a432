"""Estimates beside what is true, which only a simulated shop knows. Everything here is simulated."""
