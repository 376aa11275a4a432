"""Medusa: a subscriber in the shop sends what happened, the Admin API says the rest."""
