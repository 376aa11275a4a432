"""The promo engine: offers, decisions, rewards, learning."""
