"""Which products a customer buys next: `shop_log` is what is known, `models` rank, `hybrid` weighs them, `ranking`
measures. Everything is at product level; the user model works with categories."""
