"""How demand answers to price and promotion."""
