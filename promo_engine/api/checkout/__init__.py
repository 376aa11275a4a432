"""Endpoints that a checkout calls."""
