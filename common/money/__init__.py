"""Currencies of ISO 4217, and amounts as people write them."""
