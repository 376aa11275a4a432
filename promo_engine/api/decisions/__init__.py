"""Endpoints that ask for an offer and say what became of it."""
