"""Single-use codes."""
