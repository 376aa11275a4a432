"""Filters and full-text search over conversations."""
