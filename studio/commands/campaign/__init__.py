"""Commands that make offers and plans."""
