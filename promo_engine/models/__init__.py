"""Training, the data for it, and the registry of trained versions."""
