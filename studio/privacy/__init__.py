"""Figures and models that protect customers."""
