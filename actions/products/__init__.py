"""What the shop sells: prices, comparisons, what goes with it, and the basket."""
