"""The chat and the gateway under load."""
