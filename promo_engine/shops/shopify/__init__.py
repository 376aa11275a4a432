"""Shopify: its exports, the bodies of its webhooks."""
