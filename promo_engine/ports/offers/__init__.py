"""Promotions, codes, budgets, plans and redemptions as services need them."""
