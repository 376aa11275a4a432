"""Search for portfolios with several goals at once."""
