"""Shops that are connected: sources, their webhooks, and requests about privacy."""
