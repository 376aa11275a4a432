"""Generators of whole strategies."""
