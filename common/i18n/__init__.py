"""Texts in the languages of customers."""
