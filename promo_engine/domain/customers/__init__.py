"""Customers, their orders and what they do."""
