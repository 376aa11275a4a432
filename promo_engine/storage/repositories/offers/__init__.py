"""Promotions, codes, budgets, plans and redemptions in SQL."""
