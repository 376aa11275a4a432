"""One narrow row per conversation, kept in step with its messages."""
