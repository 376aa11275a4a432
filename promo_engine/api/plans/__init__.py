"""Endpoints of the promotion studio."""
