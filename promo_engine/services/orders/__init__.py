"""Use cases of orders: where they are, and changes that the shop is asked for."""
