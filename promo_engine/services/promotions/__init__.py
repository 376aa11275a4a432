"""Use cases of promotions and offers."""
