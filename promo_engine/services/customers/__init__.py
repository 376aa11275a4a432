"""Use cases about customers and their orders."""
