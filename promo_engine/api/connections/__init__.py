"""Endpoints by which shops write."""
