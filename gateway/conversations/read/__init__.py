"""Reads from the log."""
