"""Conditions of an offer."""
