"""Orders: which one is meant, where it is, what is in it, and what the shop is asked to change."""
