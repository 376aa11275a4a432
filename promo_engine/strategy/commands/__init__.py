"""One module a capability; each defines `CAPABILITY` (see `promo_engine.strategy.command`)."""
