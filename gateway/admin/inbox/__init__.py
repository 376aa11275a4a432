"""The console's conversations."""
