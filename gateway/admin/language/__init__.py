"""The console's language page."""
