"""Deletion of a shopper's data."""
