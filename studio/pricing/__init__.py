"""Discount depth as a bandit."""
