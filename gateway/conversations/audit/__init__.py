"""Admins, their sessions and what they do."""
