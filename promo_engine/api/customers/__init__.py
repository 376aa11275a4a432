"""Endpoints about customers, their orders and what they do."""
