"""Use cases of the checkout: prices with codes, redemptions."""
