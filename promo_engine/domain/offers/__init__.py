"""Promotions and offers: terms, limits, eligibility."""
