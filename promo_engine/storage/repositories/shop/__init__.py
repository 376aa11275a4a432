"""The shop in SQL."""
