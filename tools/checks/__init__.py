"""Checks that `make lint` runs beside the linters."""
