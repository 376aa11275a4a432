"""Tasks of service at a whole shop: a scripted shopper wants changes, and what stands at the end is compared."""
