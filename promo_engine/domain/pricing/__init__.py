"""The price of a basket with offers."""
