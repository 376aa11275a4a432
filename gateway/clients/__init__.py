"""What the gateway asks of the bot and of the promo engine, over HTTP on loopback."""
