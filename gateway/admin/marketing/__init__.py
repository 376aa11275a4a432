"""Offers, proactive messages, policies and the strategy studio."""
