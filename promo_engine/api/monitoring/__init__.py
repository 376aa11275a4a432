"""Endpoints for the people who run the engine."""
