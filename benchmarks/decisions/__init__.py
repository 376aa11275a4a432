"""Decisions and the engine's database under load."""
