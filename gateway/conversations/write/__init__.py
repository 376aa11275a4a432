"""Writes of the chat to the log."""
