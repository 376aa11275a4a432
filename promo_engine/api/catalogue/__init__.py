"""Endpoints about products."""
