"""Rasa's custom actions. They speak HTTP to the promo engine and keep nothing between two calls."""
